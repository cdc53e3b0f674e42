@step-6.2 @section-6 @release @after-release
Feature: 6.2 Have the changes deployed

  The Data Platform team deploys main. Looked at in the evening, before the scheduled overnight processes run: a table that
  was forgotten in a list is known then, and not the morning after.

  Scenario Outline: the <stage> job is deployed
    Given the ticket's branch is in main
    When I look at the deployed <stage> job, "<job>"
    Then its script is main's, byte for byte
    And the helpers that it loads are main's, byte for byte
    And it takes each table of main's lists once
    And its parameters are those of main's Terraform
    And its triggers are on in production alone, at main's times

    Examples: the pipeline's jobs
      | stage          | job                              |
      | API ingestion  | tascomi_api_ingestion            |
      | parse          | tascomi_parse_tables_increments  |
      | recast         | tascomi_recast_tables_increments |
      | daily snapshot | tascomi_create_daily_snapshot    |

  Scenario Outline: the crawler of the <stage> is deployed
    Given the ticket's branch is in main
    When I look at the crawler that finds the data of the <stage>
    Then its target and exclusions are those of main's Terraform
    And something starts it in production

    Examples: the pipeline's crawlers
      | stage          |
      | API ingestion  |
      | parse          |
      | recast         |
      | daily snapshot |

  Scenario: the column type dictionary is deployed
    Given the ticket's branch is in main
    When I look at the column type dictionary of the recast
    Then it is main's, byte for byte

  Scenario: nothing of the tests is left, and the night is known
    Given the ticket's branch is in main
    When I look for what the ticket's tests have left
    Then there is no test job, no test script and no lock
    And I am told when the first night begins
