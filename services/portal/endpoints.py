"""All pages of labs, under /portal."""

from fastapi import APIRouter

from services.portal import batches, guidelines, keys, money, orders, pages, webhooks, wizard

router = APIRouter(include_in_schema=False)
for part in (wizard, pages, guidelines, orders, batches, money, webhooks, keys):
    router.include_router(part.router)
router.include_router(orders.rehearsal)
