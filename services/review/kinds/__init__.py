from services.review.kinds.base import Kind
from services.review.kinds.choose import KINDS
from services.review.kinds.faults import AnswerFault, ItemFault, RubricFault
from services.review.kinds.rubric import Criterion, Rubric

__all__ = ["KINDS", "AnswerFault", "Criterion", "ItemFault", "Kind", "Rubric", "RubricFault"]
