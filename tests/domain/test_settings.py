"""Parameters: each bad one gets one clear line, each good one its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.settings import Settings, SettingsError, load

GOOD = {"ticket": "DPP-426"}


def refused(**given: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(GOOD | given, {})
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_only_a_ticket_is_needed() -> None:
    settings = load(GOOD, {})
    assert settings == Settings(ticket="DPP-426")
    assert settings.env.name == "local"
    assert settings.tables == ()


def test_no_ticket_says_how_to_give_one() -> None:
    with pytest.raises(SettingsError, match="-D ticket=DPP-426"):
        load({}, {})


@pytest.mark.parametrize(
    "ticket",
    ["../x", "dpp-426", "DPP426", "DPP-", "DPP-0", "DPP-426 ", "DPP-426;ls", "DPP-４26", "DPP-426\n"],
)
def test_malformed_ticket(ticket: str) -> None:
    if ticket.strip() == "DPP-426":  # white space around a value is forgiven, as in a shell variable
        assert load({"ticket": ticket}, {}).ticket == "DPP-426"
    else:
        assert "such as DPP-426" in refused(ticket=ticket)


@pytest.mark.parametrize(
    ("key", "nearest"), [("tabels", "'tables'"), ("tiket", "'ticket'"), ("endpiont", "'endpoint'")]
)
def test_unknown_key_names_the_nearest(key: str, nearest: str) -> None:
    assert nearest in refused(**{key: "x"})


def test_unknown_key_far_from_all_lists_them() -> None:
    assert "known are ticket, env, tables" in refused(zzzz="1")


def test_unknown_environment() -> None:
    assert "unknown env 'stage'; did you mean 'stg'?" in refused(env="stage")


def test_unknown_runtime() -> None:
    assert "unknown runtime 'sparc'; did you mean 'spark'?" in refused(runtime="sparc")


@pytest.mark.parametrize("env", ["stg", "prod"])
def test_runtime_is_the_sandboxs(env: str) -> None:
    assert f"runtime is for env=local alone; env={env}" in refused(env=env, runtime="spark")


@pytest.mark.parametrize(
    "tables", ["", "a;drop table b", "Wards", "wards,", "wards,,breach_types", "wards parks", '"wards"']
)
def test_ill_formed_tables(tables: str) -> None:
    assert "lower-case letters" in refused(tables=tables)


def test_repeated_tables() -> None:
    assert "wards more than once" in refused(tables="wards,breach_types,wards")


def test_all_is_not_one_of_several() -> None:
    assert "either 'all' or a list" in refused(tables="all,wards")


def test_tables_keep_their_order_and_lose_spaces() -> None:
    assert load(GOOD | {"tables": "wards, breach_types"}, {}).tables == ("wards", "breach_types")


@pytest.mark.parametrize("days", ["0", "7", "-1", "1.5", "two", "", "٣", "1000"])
def test_days_is_a_small_whole_number(days: str) -> None:
    assert f"days {days!r} is not a whole number from 1 to 6" in refused(days=days)


def test_days_to_come_are_the_own_sandboxs_alone() -> None:
    assert load(GOOD | {"days": "3"}, {}).days == 3
    for given in ({"days": "2"}, {"api_pages": "."}):
        assert "leave it out on env=stg" in refused(**given, env="stg", data_platform=".")
        assert "needs a sandbox of the run's own" in refused(**given, endpoint="http://127.0.0.1:4566")
    assert "api_pages 'nowhere' is not a folder" in refused(api_pages="nowhere")
    assert load(GOOD | {"days": "1", "endpoint": "http://127.0.0.1:4566"}, {}).days == 1


@pytest.mark.parametrize("flag", ["keep", "samples", "one_at_a_time"])
def test_flags(flag: str) -> None:
    assert getattr(load(GOOD | {flag: "True"}, {}), flag) is True
    assert getattr(load(GOOD | {flag: "no"}, {}), flag) is False
    assert "neither true nor false" in refused(**{flag: "perhaps"})


@pytest.mark.parametrize(
    "endpoint",
    ["http://example.org:80", "https://127.0.0.1:80", "127.0.0.1:4566", "http://127.0.0.1", "http://[", "x"],
)
def test_endpoint_is_a_sandbox_on_loopback(endpoint: str) -> None:
    assert "not a sandbox's address" in refused(endpoint=endpoint)


def test_endpoint_is_refused_outside_local() -> None:
    assert "for env=local alone" in refused(endpoint="http://127.0.0.1:4566", env="stg", data_platform=".")


def test_aws_needs_a_checkout() -> None:
    assert "-D data_platform=" in refused(env="stg")


def test_data_platform_is_a_folder(tmp_path: Path) -> None:
    assert "is not a folder" in refused(data_platform=str(tmp_path / "nowhere"))
    assert load(GOOD | {"data_platform": str(tmp_path)}, {}).data_platform == tmp_path


@pytest.mark.parametrize("account", ["12345678901", "1234567890123", "12345678901a", ""])
def test_account_is_twelve_digits(account: str) -> None:
    assert "twelve digits" in refused(account=account)


@pytest.mark.parametrize("branch", ["-rf", "a..b", "a b", ""])
def test_branch_is_a_name(branch: str) -> None:
    assert "name of a git branch" in refused(branch=branch)


def test_ticket_url_holds_the_ticket() -> None:
    assert "{ticket}" in refused(ticket_url="https://tickets.example/browse/")
    assert "http address" in refused(ticket_url="javascript:alert('{ticket}')")
    settings = load(GOOD | {"ticket_url": "https://tickets.example/{ticket}"}, {})
    assert settings.ticket_link == "https://tickets.example/DPP-426"


def test_environment_variables_stand_in_and_userdata_wins() -> None:
    environ = {"PLAYBOOK_TICKET": "DPP-1", "PLAYBOOK_TABLES": "wards", "PATH": "/bin"}
    assert load({}, environ).ticket == "DPP-1"
    assert load(GOOD, environ) == Settings(ticket="DPP-426", tables=("wards",))


def test_unknown_environment_variable_is_refused_too() -> None:
    with pytest.raises(SettingsError, match="'tables'"):
        load(GOOD, {"PLAYBOOK_TABLE": "wards"})


@pytest.mark.parametrize("minutes", ["", "0", "-1", "1e3", "nan", "inf", "1441", "1,5", "٣", "five"])
def test_a_deadline_is_a_number_of_minutes(minutes: str) -> None:
    assert "is not a number of minutes" in refused(deadline_minutes=minutes)


def test_a_deadline_is_that_of_each_wait() -> None:
    patience = load(GOOD | {"deadline_minutes": "1.5"}, {}).env.patience
    assert (patience.job_run, patience.crawl, patience.query) == (90, 90, 90)
    assert patience.poll == load(GOOD, {}).env.patience.poll


@pytest.mark.parametrize("budget", ["", "-1", "5 USD", "1e3", "nan", "inf", "1,5", "1.234", "٣"])
def test_a_budget_is_an_amount_of_dollars(budget: str) -> None:
    assert "is not an amount of US dollars" in refused(budget=budget)


@pytest.mark.parametrize(("budget", "amount"), [("0", 0.0), ("5", 5.0), ("2.50", 2.5)])
def test_a_budget(budget: str, amount: float) -> None:
    assert load(GOOD, {}).budget is None
    assert load(GOOD | {"budget": budget}, {}).budget == amount
