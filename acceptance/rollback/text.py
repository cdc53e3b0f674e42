"""The plan of the way back in Markdown: `rollback.md`, and what the console shows."""

from __future__ import annotations

from acceptance.rollback.plan import Loss, Step, WayBack
from acceptance.wording import count


def render(ticket: str, where: str, plan: WayBack) -> str:
    """`where`: the environment, as people name it."""
    if plan.trouble:
        return f"# The way back from {ticket}\n\nIt could not be drawn: {plan.trouble}\n"
    parts = [f"# The way back from {ticket} on {where}", _head(plan)]
    if plan.losses:
        parts += ["## What cannot be restored", *(_loss(loss) for loss in plan.losses)]
    parts.append("## In this order")
    parts += [_step(number, step) for number, step in enumerate(plan.steps, 1)]
    return "\n\n".join(parts) + "\n"


def _head(plan: WayBack) -> str:
    lines = [
        f"- Plan `{plan.fingerprint}`: {count(sum(step.to_do for step in plan.steps), 'step')} to do, "
        f"{count(plan.objects, 'object')} of {plan.bytes:,} bytes, about {plan.seconds:.0f} s of calls",
        *(f"- {bucket}: {_versions(keeps)}" for bucket, keeps in plan.keeps_versions.items()),
    ]
    if plan.moment:
        lines.append(f"- Tables in use go back to {plan.moment:%Y-%m-%d %H:%M:%S} UTC")
    if plan.command:
        lines.append(f"- The plan as of then, and with `--yes` the way back itself: `{plan.command}`")
    return "\n".join(lines)


def _versions(keeps: bool) -> str:
    return (
        "it keeps versions: what is deleted can be had again" if keeps else "it keeps no versions: copy first"
    )


def _loss(loss: Loss) -> str:
    table = f"`{loss.table}`: " if loss.table else ""
    return f"- {table}{loss.what}, since {loss.why}. What to do: {loss.instead}"


def _step(number: int, step: Step) -> str:
    subject = ", ".join(filter(None, [step.stage, step.table]))
    who = " (by hand)" if step.by_hand else " (others read it)" if step.shared and step.table else ""
    lines = [f"{number}. **{subject or 'All tables'}**{who}: {step.what}", f"   - Where: {step.where}"]
    if step.to_do:
        lines.append(f"   - It has worked when {step.sign}")
    if step.seconds:
        lines.append(f"   - About {step.seconds:g} s")
    if step.commands:
        more = [f"   # and {count(step.more_commands, 'command')} more"] if step.more_commands else []
        lines += ["", "   ```sh", *(f"   {command}" for command in step.commands), *more, "   ```"]
    return "\n".join(lines)
