"""REST of review: the routers of its parts."""

from fastapi import APIRouter

from services.review.interop import endpoints as interop
from services.review.quality import rest as quality
from services.review.queue import (
    assignment_endpoints,
    lease_endpoints,
    me_endpoints,
    queue_endpoints,
)

router = APIRouter()
router.include_router(lease_endpoints.router)
router.include_router(assignment_endpoints.router)
router.include_router(queue_endpoints.router)
router.include_router(me_endpoints.router)
router.include_router(interop.router)
router.include_router(quality.router)
