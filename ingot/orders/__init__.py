"""The order: what a lab asks for, one schema for REST, the command line and files.

`read_order` reads YAML or JSON and raises an `OrderError` that names the field, its value and the
remedy. Nothing here knows how an order is carried out.
"""

from ingot.orders.engines import (
    EngineName,
    EngineTerms,
    GenerationTerms,
    JudgeTerms,
    Limits,
    Price,
)
from ingot.orders.read import (
    order_error,
    parse_order,
    read_order,
)
from ingot.orders.review import ReviewTerms, SimulatedHabits
from ingot.orders.sources import (
    BROUGHT,
    RECIPES,
    Columns,
    RecipePart,
    Source,
)
from ingot.orders.spec import (
    BatchState,
    CurationTerms,
    DeliveryTerms,
    Guarantee,
    OrderSpec,
    TrainingTerms,
)

__all__ = [
    "BROUGHT",
    "RECIPES",
    "BatchState",
    "Columns",
    "CurationTerms",
    "DeliveryTerms",
    "EngineName",
    "EngineTerms",
    "GenerationTerms",
    "Guarantee",
    "JudgeTerms",
    "Limits",
    "OrderSpec",
    "Price",
    "RecipePart",
    "ReviewTerms",
    "SimulatedHabits",
    "Source",
    "TrainingTerms",
    "order_error",
    "parse_order",
    "read_order",
]
