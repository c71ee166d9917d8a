package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.core.probes.Settings;
import io.pgwatch.probe.Probe;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.ClassUtils;

/** What an editor knows of our properties: the file that the build makes of the records and of our own additions. */
class ConfigurationMetadataTests {

    private static final Set<String> ONLY_IN_PROPERTIES_RECORD = Set.of("pgwatch.probes", "pgwatch.watches");

    private final Map<String, JsonNode> metadata = read();

    @Test
    void every_threshold_is_there_with_its_type_and_default() {
        for (Probe<?> probe : BuiltInProbes.withDefaults()) {
            for (Settings.Setting setting : Settings.of(probe)) {
                String name = "pgwatch.probes." + probe.id() + "." + setting.name();

                assertThat(metadata).as("a description of " + name).containsKey(name);
                assertThat(metadata.get(name).path("type").asText())
                        .as(name)
                        .isEqualTo(ClassUtils.resolvePrimitiveIfNecessary(setting.type())
                                .getName());
                assertThat(value(metadata.get(name).path("defaultValue").asText(), setting.type()))
                        .as(name)
                        .isEqualTo(value(setting.value(), setting.type()));
            }
        }
    }

    @Test
    void every_probe_can_be_switched_off_and_named_in_down_on() throws IOException {
        for (Probe<?> probe : BuiltInProbes.withDefaults()) {
            assertThat(metadata).containsKey("pgwatch.probes." + probe.id() + ".enabled");
            assertThat(hints()).contains("\"" + probe.id() + "\"");
        }
    }

    @Test
    void nothing_is_described_that_no_probe_has() {
        Set<String> known = new HashSet<>(ONLY_IN_PROPERTIES_RECORD);
        for (Probe<?> probe : BuiltInProbes.withDefaults()) {
            known.add("pgwatch.probes." + probe.id() + ".enabled");
            Settings.of(probe).forEach(setting -> known.add("pgwatch.probes." + probe.id() + "." + setting.name()));
        }

        assertThat(metadata.keySet())
                .filteredOn(name -> name.startsWith("pgwatch.probes"))
                .isSubsetOf(known);
    }

    @Test
    void every_property_is_described() {
        assertThat(metadata)
                .containsKeys("pgwatch.interval", "pgwatch.health.down-on", "management.health.pgwatch.enabled");
        assertThat(metadata)
                .allSatisfy((name, property) -> assertThat(
                                property.path("description").asText())
                        .as(name)
                        .matches("(?s)(?!The |A |An )[A-Z].*\\."));
    }

    private static Object value(String text, Class<?> type) {
        if (type == Duration.class) {
            return text.startsWith("P") ? Duration.parse(text) : DurationStyle.detectAndParse(text);
        }
        return type == boolean.class ? (Object) Boolean.valueOf(text) : Double.valueOf(text);
    }

    private static Map<String, JsonNode> read() {
        try (InputStream file = open("spring-configuration-metadata.json")) {
            Map<String, JsonNode> byName = new HashMap<>();
            for (JsonNode property : new ObjectMapper().readTree(file).path("properties")) {
                byName.put(property.path("name").asText(), property);
            }
            return byName;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hints() throws IOException {
        try (InputStream file = open("spring-configuration-metadata.json")) {
            return new ObjectMapper().readTree(file).path("hints").toString();
        }
    }

    /** The copy of this module, not that of a library. */
    private static InputStream open(String name) throws IOException {
        var location =
                PgWatchProperties.class.getProtectionDomain().getCodeSource().getLocation();
        return java.nio.file.Files.newInputStream(java.nio.file.Path.of(location.getPath(), "META-INF", name));
    }
}
