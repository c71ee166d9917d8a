package io.pgwatch.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The design's invariants, as far as the structure of the code can show them. */
class ArchitectureTests {

    private static final String SPRING = "io.pgwatch.spring.boot.autoconfigure";

    private final JavaClasses production = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pgwatch");

    @Test
    void a_binding_never_waits_for_the_server_it_reports_on() {
        noClasses()
                .that()
                .resideInAnyPackage("io.pgwatch.micrometer..", "io.pgwatch.core.jmx..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..", "javax.sql..", "org.postgresql..", "io.pgwatch.core", "io.pgwatch.core.pool")
                .check(production);
        noClasses()
                .that()
                .resideInAPackage(SPRING)
                .and()
                .haveNameMatching(".*(Health|Endpoint|Metrics|Jmx).*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
                .check(production);
    }

    @Test
    void a_verdict_is_reproducible_from_a_snapshot_alone() {
        noClasses()
                .that()
                .resideInAPackage("io.pgwatch.core.probes..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..",
                        "javax.sql..",
                        "java.util.concurrent..",
                        "org.slf4j..",
                        "io.pgwatch.core",
                        "io.pgwatch.core.pool")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Clock.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(production);
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage("io.pgwatch.core.probes..")
                .should()
                .haveModifier(FINAL)
                .check(production);
    }

    @Test
    void a_report_is_assembled_from_values_alone() {
        noClasses()
                .that()
                .haveFullyQualifiedName("io.pgwatch.core.Assembly")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "java.util.concurrent..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Clock.class)
                .check(production);
    }

    @Test
    void packages_form_layers() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.pgwatch..")
                .layer("snapshot")
                .definedBy("io.pgwatch.snapshot")
                .layer("probe")
                .definedBy("io.pgwatch.probe")
                .layer("evidence")
                .definedBy("io.pgwatch.evidence")
                .layer("report")
                .definedBy("io.pgwatch")
                .layer("text")
                .definedBy("io.pgwatch.core.text")
                .layer("probes")
                .definedBy("io.pgwatch.core.probes")
                .layer("pool")
                .definedBy("io.pgwatch.core.pool")
                .layer("pooler")
                .definedBy("io.pgwatch.core.pooler")
                .layer("jmx")
                .definedBy("io.pgwatch.core.jmx")
                .layer("core")
                .definedBy("io.pgwatch.core")
                .layer("micrometer")
                .definedBy("io.pgwatch.micrometer")
                .layer("spring")
                .definedBy(SPRING)
                .whereLayer("probe")
                .mayOnlyAccessLayers("snapshot")
                .whereLayer("snapshot")
                .mayNotAccessAnyLayer()
                .whereLayer("evidence")
                .mayOnlyAccessLayers("snapshot", "probe")
                .whereLayer("report")
                .mayOnlyAccessLayers("snapshot", "probe", "evidence")
                .whereLayer("text")
                .mayNotAccessAnyLayer()
                .whereLayer("probes")
                .mayOnlyAccessLayers("snapshot", "probe", "evidence", "text")
                .whereLayer("pool")
                .mayOnlyAccessLayers("snapshot")
                .whereLayer("pooler")
                .mayOnlyAccessLayers("snapshot")
                .whereLayer("jmx")
                .mayOnlyAccessLayers("snapshot", "probe", "evidence", "report", "text")
                .whereLayer("micrometer")
                .mayOnlyAccessLayers("snapshot", "probe", "evidence", "report")
                .whereLayer("core")
                .mayOnlyBeAccessedByLayers("spring")
                .whereLayer("spring")
                .mayNotBeAccessedByAnyLayer()
                .check(production);
    }

    @Test
    void the_api_needs_nothing_but_the_jdk() {
        classes()
                .that()
                .resideInAnyPackage("io.pgwatch", "io.pgwatch.probe", "io.pgwatch.snapshot", "io.pgwatch.evidence")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations",
                        "io.pgwatch",
                        "io.pgwatch.probe",
                        "io.pgwatch.snapshot",
                        "io.pgwatch.evidence")
                .check(production);
    }

    @Test
    void each_generation_of_spring_boots_health_is_named_in_one_class() {
        noClasses()
                .that()
                .doNotHaveSimpleName("PgWatchBoot3HealthAutoConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework.boot.actuate.health..",
                        "org.springframework.boot.actuate.autoconfigure.health..")
                .check(production);
        noClasses()
                .that()
                .doNotHaveSimpleName("PgWatchBoot4HealthAutoConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.boot.health..")
                .check(production);
    }
}
