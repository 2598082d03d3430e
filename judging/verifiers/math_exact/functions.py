"""The functions that the parser knows, by the words people write for them."""

_PLAIN = (
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan",
    "sinh", "cosh", "tanh", "ln", "log", "exp",
)  # fmt: skip
FUNCTIONS = {name: name for name in _PLAIN} | {
    "lg": "log",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
NAMED_ANGLES = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
WORD_CONSTANTS = {"pi": "pi", "infty": "inf", "infinity": "inf", "inf": "inf", "oo": "inf"}
CALLABLE_NAMES = frozenset("fgh")
"""A letter before a bracket that is a function nobody told us; any other one is a factor."""
# fmt: off
GREEK = frozenset((
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "varphi", "chi", "psi",
    "omega", "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "ell",
))
UNIT_WORDS = frozenset((
    "mm", "cm", "km", "kg", "mg", "ml", "mi", "ft", "yd", "lb", "lbs", "oz", "mph", "kph", "sec",
    "min", "hr", "hrs", "am", "pm",
))
# fmt: on
"""Short words that are units after a number; longer words always are."""
SHORTEST_UNIT = 4
RELATIONS = {
    "=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "\\le": "<=", "\\leq": "<=",
    "\\leqslant": "<=", "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=", "\\lt": "<", "\\gt": ">",
    "\\in": "in", "\\ne": "!=", "\\neq": "!=",
}  # fmt: skip
