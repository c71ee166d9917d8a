package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whether the application serves over HTTP what the newest report says: its health, the report, a scrape. */
final class Served {

    /** An answer takes milliseconds; one that waits for the database never comes, or after the pool has given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final JsonMapper JSON = new JsonMapper();

    private Served() {}

    /** All are served, each time with status 200, and say what the report says as soon as the meters follow it. */
    static void assertHonest(Application application) {
        String watch = application.watch().name();
        Numbers.assertOfOneReport(application.watch(), report -> {
            JsonNode health = JSON.readTree(get(application, "health"));
            assertThat(health.path("status").asString()).isEqualTo("UP");
            assertSame(
                    health.path("components")
                            .path("pgwatch")
                            .path("components")
                            .path(watch)
                            .path("details"),
                    report);
            assertSame(JSON.readTree(get(application, "pgwatch/" + watch)), report);
            assertScrape(get(application, "prometheus"), report);
        });
    }

    private static void assertSame(JsonNode served, Report report) {
        assertThat(served.path("sampledAt").asString())
                .isEqualTo(report.sampledAt().toString());
        assertThat(served.path("level").asString()).isEqualTo(report.level().name());
        for (ProbeReport<?> probe : report.probes()) {
            JsonNode its = served.path("probes").path(probe.id().value());
            assertThat(its.path("level").asString()).isEqualTo(probe.level().name());
            assertThat(its.path("summary").asString()).isEqualTo(probe.summary());
        }
    }

    private static void assertScrape(String scrape, Report report) {
        for (ProbeReport<?> probe : report.probes()) {
            assertThat(scrape.lines().filter(line -> line.startsWith("pgwatch_probe_level{")))
                    .contains("pgwatch_probe_level{probe=\"" + probe.id().value() + "\",watch=\"" + report.watch()
                            + "\"} " + Numbers.metered(probe.level()));
        }
    }

    private static String get(Application application, String path) {
        URI uri = URI.create(application.actuator() + path);
        HttpResponse<String> answer = answer(uri);
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.statusCode() + " from " + uri + ":\n" + answer.body());
        }
        return answer.body();
    }

    private static HttpResponse<String> answer(URI uri) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException("no answer from " + uri, e);
        } catch (InterruptedException nobodyDoes) {
            throw new IllegalStateException(nobodyDoes);
        }
    }
}
