import static io.trino.testing.TestingSession.testSessionBuilder;

import io.trino.plugin.hive.HivePlugin;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.DistributedQueryRunner;
import java.util.Map;

/** A Trino of one node, on loopback, to which sandboxes add their catalogs. Says where it is, and stays. */
public class Server {
    public static void main(String[] arguments) throws Exception {
        var out = System.out; // Trino's logging takes it over
        var session = testSessionBuilder().setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        var runner = DistributedQueryRunner.builder(session)
                .setNodeCount(1)
                .setExtraProperties(Map.of(
                        "http-server.http.port", arguments[0],
                        "query.max-memory-per-node", "1000MB",
                        "query.max-memory", "1000MB"))
                .build();
        runner.installPlugin(new HivePlugin());
        out.println("READY " + runner.getCoordinator().getBaseUrl());
        System.in.read(); // until whoever started it ends
        System.exit(0);
    }
}
