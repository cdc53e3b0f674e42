@bare @section-0
Feature: No scenarios
