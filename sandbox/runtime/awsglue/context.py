"""The context of a Glue job, of which a job without Spark needs the logger."""

from sandbox.gluelogger import GlueLogger


class GlueContext:
    def get_logger(self) -> GlueLogger:
        return GlueLogger()
