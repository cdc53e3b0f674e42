@step-3.2.2 @section-3 @mutates
Feature: 3.2.2 Crawl the recast data for the Data Catalog

  @table.<table>
  Scenario Outline: <table> is crawled after recast
    Given today's recast data of <table> is in S3
    When I run the crawler that "tascomi-recast" finds
    Then the crawl succeeds
    And it began after the data was written
    And the Data Catalog has today's recast data of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
