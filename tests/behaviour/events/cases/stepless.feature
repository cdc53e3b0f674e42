@stepless @section-0
Feature: No steps

  Scenario: it has no steps
