"""The options of `ingot calibrate` and `ingot route`; what they do is loaded when they run."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Target = Annotated[float, typer.Option(help="Agreement with people that is promised.")]
Confidence = Annotated[float, typer.Option(help="How sure the promise is.")]
ByDomain = Annotated[bool, typer.Option("--by-domain", help="A promise for each domain.")]
SignalColumns = Annotated[
    list[str] | None, typer.Option(help="A column of P(A); else *p_a, *p_right; repeatable.")
]
LabelColumn = Annotated[str, typer.Option(help="Else label.")]
GroupColumn = Annotated[str, typer.Option(help="The prompt; else group.")]
DomainColumn = Annotated[str, typer.Option(help="Else domain.")]


def calibrate(
    labels: Annotated[Path, typer.Argument(help="Judged items, some with people's label.")],
    target: Target = 0.9,
    confidence: Confidence = 0.9,
    plan: Annotated[bool, typer.Option("--plan", help="How many labels would do.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the certificate here (.json).")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the calibration here (.svg).")] = None,
    by_domain: ByDomain = False,
    cascade: Annotated[
        bool, typer.Option("--cascade", help="Judges one after the other, as their columns stand.")
    ] = False,
    population: Annotated[
        bool, typer.Option("--population", help="Promise the rate of what is still to come.")
    ] = False,
    signal: SignalColumns = None,
    label_column: LabelColumn = "",
    group_column: GroupColumn = "",
    domain_column: DomainColumn = "",
    seed: Annotated[int, typer.Option(help="Of the folds.", min=0)] = 0,
) -> None:
    """Say what the judges of a file may decide alone, given people's labels of a random part."""
    from services.cli.calibrate import Promised, calibrate_here
    from services.cli.labelled_rows import Names

    names = Names(tuple(signal or ()), label_column, group_column, domain_column)
    promised = Promised(target, confidence, by_domain, population, seed)
    if cascade:
        from services.cli.cascade import show_cascade
        from services.cli.labelled_rows import read_labelled
        from services.cli.rows import read_frame

        show_cascade(Console(), read_labelled(read_frame(labels), names), promised)
        return
    calibrate_here(Console(), labels, names, promised, plan=plan, out=out, plot=plot)


def route(
    judged: Annotated[Path, typer.Argument(help="Judged items, some with people's label.")],
    out: Annotated[Path, typer.Argument(help="The same with where each item goes.")],
    target: Target = 0.9,
    confidence: Confidence = 0.9,
    audit_share: Annotated[
        float, typer.Option(help="Random share of what judges decide that people see too.")
    ] = 0.05,
    budget: Annotated[
        int, typer.Option(help="Labels to buy where they are worth most; no promise.", min=0)
    ] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw the confidences here (.svg).")] = None,
    by_domain: ByDomain = False,
    signal: SignalColumns = None,
    label_column: LabelColumn = "",
    group_column: GroupColumn = "",
    domain_column: DomainColumn = "",
    seed: Annotated[int, typer.Option(help="Of folds and of the audit.", min=0)] = 0,
) -> None:
    """Send each item of a file to the judges, to people or, as the audit, to both."""
    from services.cli.calibrate import Promised
    from services.cli.labelled_rows import Names
    from services.cli.route import Routing, route_here

    names = Names(tuple(signal or ()), label_column, group_column, domain_column)
    promised = Promised(target, confidence, by_domain, seed=seed)
    routing = Routing(audit_share, budget)
    route_here(Console(), judged, out, names, promised, routing, plot=plot)
