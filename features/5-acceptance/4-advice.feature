@advice @section-5
Feature: Advice: look-ups, and daily or weekly ingestion

  The relationships between tables, by their "_id" columns, and how the data change over time, help to decide which tables
  to add and which Terraform list each belongs to.

  @table.<table>
  Scenario Outline: the look-ups of <table>
    Given parsed data of <table> are in the Data Catalog
    When I follow its _id columns to the resources that they name
    Then I am told which of these no table in the pipeline provides

    Examples: tables under test
      | table                   |
      | (each table under test) |

  @table.<table>
  Scenario Outline: how often the data of <table> change
    Given increments of <table> are in the Data Catalog
    When I count what is new or changed in each generation of its increments
    Then I am told whether daily or weekly ingestion fits

    Examples: tables under test
      | table                   |
      | (each table under test) |
