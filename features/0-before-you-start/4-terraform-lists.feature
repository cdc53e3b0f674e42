@terraform @section-0
Feature: Add the new tables to the Terraform script

  Daily tables stand in "tascomi_table_names", weekly ones in "tascomi_static_tables". A table may be moved between them.

  @table.<table>
  Scenario Outline: <table> is ingested daily or weekly
    Given a checkout of the Data Platform repository with the ticket's branch
    Then <table> is in exactly one of the Terraform lists

    Examples: tables under test
      | table                   |
      | (each table under test) |

  Scenario: no table leaves the pipeline
    Given a checkout of the Data Platform repository with the ticket's branch
    Then every table of main's lists is still in one of the branch's
