@undisturbed @section-5 @before-and-after
Feature: Tables already there are undisturbed

  What others read is the same after the run as before it. New data that the deployed pipeline, or an earlier job run, has
  brought meanwhile is told, and is no disturbance.

  But faults that reached others' tables are rolled back with the Data Platform team's help.

  Scenario Outline: the <zone> zone's tables are as they were
    Given a record of the <zone> zone's tables from before the first change
    When I look at the same tables again
    Then none of them is gone
    And they have the columns, partition keys and location that they had
    And the generations that were their newest have the rows that they had
    And a newer generation comes from the deployed pipeline alone

    Examples: zones
      | zone    |
      | raw     |
      | refined |
