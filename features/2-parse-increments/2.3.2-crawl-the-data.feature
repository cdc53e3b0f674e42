@step-2.3.2 @section-2 @mutates
Feature: 2.3.2 Crawl the parse data for the Data Catalog

  @table.<table>
  Scenario Outline: <table> is crawled after parse
    Given today's parse data of <table> is in S3
    When I run the crawler that "tascomi-parse" finds
    Then the crawl succeeds
    And it began after the data was written
    And the Data Catalog has today's parse data of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
