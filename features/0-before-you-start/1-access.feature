@access @section-0
Feature: Who this guide is for: access to the Data Platform

  The AWS start page lists "AWSPowerUserAccess" under DataPlatform-Pre-Production and "DataPlatformPlanningProd" under
  DataPlatform-Production.

  Scenario: AWS Glue and Athena are open to me
    Given I am logged in to the environment's account
    When I try what the playbook needs of AWS Glue, Amazon S3 and Amazon Athena
    Then nothing of it is refused
    And the workgroup "planning" keeps its own place for results
