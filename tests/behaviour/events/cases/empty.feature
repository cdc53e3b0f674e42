@empty @section-0
Feature: No examples

  Scenario: it passes
    Given all is well

  Scenario Outline: <what> is well
    Given all is <what>

    Examples: none
      | what |

  Scenario Outline: <what> is not even a table
    Given all is <what>

    Examples: no table
