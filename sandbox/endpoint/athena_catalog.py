"""The Glue catalog as Athena tells it, under the name AwsDataCatalog. Errors and limits as in `athena`.

https://docs.aws.amazon.com/athena/latest/APIReference/API_GetTableMetadata.html
"""

from uuid import uuid4

from sandbox.endpoint.catalog import Catalog
from sandbox.endpoint.protocol import Actions, AwsError, Fields, action, page

_CATALOG = "AwsDataCatalog"


def invalid(message: str) -> AwsError:
    """Athena's word for a request that is wrong."""
    return AwsError("InvalidRequestException", message, AthenaErrorCode="INVALID_INPUT")


class AthenaCatalog(Actions):
    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self._catalog = catalog

    @action
    def list_data_catalogs(self, body: Fields) -> Fields:
        catalogs = [{"CatalogName": _CATALOG, "Type": "GLUE", "Status": "CREATE_COMPLETE"}]
        return page(catalogs, body, "DataCatalogsSummary", 50, "InvalidRequestException")

    @action
    def get_data_catalog(self, body: Fields) -> Fields:
        _catalog_name(body["Name"])
        return {"DataCatalog": {"Name": _CATALOG, "Type": "GLUE"}}

    @action
    def list_databases(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        with self._catalog.lock:
            databases = [{"Name": name} for name in self._catalog.database_names()]
        return page(databases, body, "DatabaseList", 50, "InvalidRequestException")

    @action
    def get_database(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        found = self._ask_catalog("GetDatabase", {"Name": body["DatabaseName"]})["Database"]
        return {
            "Database": {name: found[name] for name in ("Name", "Description", "Parameters") if name in found}
        }

    @action
    def get__table_metadata(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        names = {"DatabaseName": body["DatabaseName"], "Name": body["TableName"]}
        return {"TableMetadata": _table_metadata(self._ask_catalog("GetTable", names)["Table"])}

    @action
    def list__table_metadata(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        asked = {**body, "MaxResults": min(int(body.get("MaxResults") or 50), 50)}
        answer = self._ask_catalog("GetTables", asked)
        more = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
        return {"TableMetadataList": [_table_metadata(table) for table in answer["TableList"]], **more}

    def _ask_catalog(self, name: str, body: Fields) -> Fields:
        """What the Glue catalog lacks is a MetadataException, in whose words clients look for Glue's error: "Database
        default not found. (Service: AmazonDataCatalog; …)" (open-metadata/OpenMetadata issue 16476; PyAthena's
        `PATTERN_METADATA_SERVICE_ERROR`)."""
        try:
            with self._catalog.lock:
                return self._catalog.actions()[name](body)
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise invalid(error.message) from error
            service = f"Service: AmazonDataCatalog; Status Code: 400; Error Code: {error.code}"
            told = f"{error.message} ({service}; Request ID: {uuid4()}; Proxy: null)"
            raise AwsError("MetadataException", told) from error


def _catalog_name(name: str) -> None:
    if name.lower() != _CATALOG.lower():
        raise invalid(f"Data catalog {name} was not found")


def _table_metadata(table: Fields) -> Fields:
    descriptor = table.get("StorageDescriptor", {})
    serde = descriptor.get("SerdeInfo", {})
    told = {
        "location": descriptor.get("Location", ""),
        "inputformat": descriptor.get("InputFormat", ""),
        "outputformat": descriptor.get("OutputFormat", ""),
        "serde.serialization.lib": serde.get("SerializationLibrary", ""),
    }
    return {
        "Name": table["Name"],
        "CreateTime": table["CreateTime"],
        "TableType": table.get("TableType", ""),
        "Columns": descriptor.get("Columns", []),
        "PartitionKeys": table.get("PartitionKeys", []),
        "Parameters": {**table.get("Parameters", {}), **told},
    }
