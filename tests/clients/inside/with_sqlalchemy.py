"""SQLAlchemy over PyAthena's dialect: reflection and queries."""

from __future__ import annotations

import pandas as pd
from calls import RAW_DATABASE, REGION, RESULTS, WORKGROUP, call, refused
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    inspect,
    select,
    text,
)

ENGINE = create_engine(
    f"awsathena+rest://@athena.{REGION}.amazonaws.com:443/{RAW_DATABASE}"
    f"?work_group={WORKGROUP}&poll_interval=0.05&s3_staging_dir=s3://{RESULTS}/clients/"
)


@call
def has_table() -> None:
    assert inspect(ENGINE).has_table("wards")


@call
def has_table_that_is_not_there() -> None:
    assert not inspect(ENGINE).has_table("nobodys")
    assert not inspect(ENGINE).has_table("wards", schema="nobodys")


@refused("NoSuchTableError: nobodys")
def columns_of_a_table_that_is_not_there() -> None:
    inspect(ENGINE).get_columns("nobodys")


@call
def names() -> None:
    looked = inspect(ENGINE)
    assert RAW_DATABASE in looked.get_schema_names()
    assert "wards" in looked.get_table_names()
    assert looked.get_view_names() == []


@call
def columns() -> None:
    kinds = {each["name"]: str(each["type"]) for each in inspect(ENGINE).get_columns("api_response_wards")}
    assert (kinds["page_number"], kinds["import_date"]) == ("BIGINT", "VARCHAR")


@call
def options_and_comment() -> None:
    looked = inspect(ENGINE)
    assert looked.get_table_options("wards")["awsathena_location"].startswith("s3://")
    assert looked.get_table_comment("wards") == {"text": None}


@call
def constraints_of_which_there_are_none() -> None:
    looked = inspect(ENGINE)
    assert looked.get_pk_constraint("wards")["constrained_columns"] == []
    assert looked.get_foreign_keys("wards") == looked.get_indexes("wards") == []


@call
def reflected_table() -> None:
    wards = Table("wards", MetaData(), autoload_with=ENGINE)
    asked = select(wards.c.id, func.count()).where(wards.c.id == "1").group_by(wards.c.id)
    with ENGINE.connect() as connection:
        assert [row[0] for row in connection.execute(asked)] == ["1"]


@call
def text_with_parameters() -> None:
    with ENGINE.connect() as connection:
        asked = connection.execute(text("SELECT id FROM wards WHERE id = :id LIMIT 1"), {"id": "1"})
        assert asked.scalar() == "1"


@call
def pandas_read_sql() -> None:
    assert len(pd.read_sql(text("SELECT id FROM wards LIMIT 3"), ENGINE)) == 3


@refused("NOT_SUPPORTED: the sandbox .* not SHOW CREATE")
def view_definition() -> None:
    """PyAthena takes any failure of SHOW CREATE VIEW for an absent view; asked as it asks."""
    with ENGINE.connect() as connection:
        connection.execute(text("SHOW CREATE VIEW wards"))


@refused("NOT_SUPPORTED: the sandbox .* not CREATE")
def create_table() -> None:
    made = Table(
        "made",
        MetaData(),
        Column("id", Integer),
        Column("name", String),
        awsathena_location=f"s3://{RESULTS}/m/",
    )
    made.create(ENGINE, checkfirst=False)


@refused("NOT_SUPPORTED: the sandbox .* not INSERT")
def insert() -> None:
    with ENGINE.connect() as connection:
        connection.execute(text("INSERT INTO wards (id) VALUES ('1')"))
