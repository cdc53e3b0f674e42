@step-6.4 @section-6
Feature: 6.4 The way back is there before it is needed

  Unforeseen faults can be rolled back swiftly, to minimize the impact on the existing pipelines and on whoever uses
  the data.

  But the Data Platform team does it: the plan says what, in which order, and how one sees that it worked.

  Scenario: the plan of the way back
    Given the ticket's tables at every stage, and the tables in use that its change has reached
    When I draw the plan of the way back
    Then it reaches all that there is of the ticket's tables
    And all that it would remove is the ticket's own
    And the last good generation of every table in use is there, or can be restored
