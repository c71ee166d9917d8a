package io.pgwatch.spring.boot.autoconfigure;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** A type that only one generation of Boot has may be named only where that generation's classes are known to be there. */
class BootGenerationsTests {

    private final JavaClasses production = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.pgwatch.spring.boot.autoconfigure");

    @Test
    void only_its_own_classes_name_types_that_boot_3_alone_has() {
        noClasses()
                .that()
                .haveNameNotMatching(".*Boot3.*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework.boot.actuate.health..",
                        "org.springframework.boot.actuate.autoconfigure.health..",
                        "org.springframework.boot.actuate.autoconfigure.metrics..",
                        "org.springframework.boot.autoconfigure.jdbc..")
                .check(production);
    }

    @Test
    void only_its_own_classes_name_types_that_boot_4_alone_has() {
        noClasses()
                .that()
                .haveNameNotMatching(".*Boot4.*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework.boot.health..",
                        "org.springframework.boot.jdbc.autoconfigure..",
                        "org.springframework.boot.micrometer..")
                .check(production);
    }

    @Test
    void of_the_types_that_are_twice_on_this_class_path_only_two_that_are_equal_are_named() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.boot.jdbc")
                .check(production);
        noClasses()
                .that()
                .haveNameNotMatching(".*PoolMetadata.*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.boot.jdbc.metadata..")
                .check(production);
    }

    @Test
    void only_what_starts_watches_and_their_mbeans_knows_how_they_sample() {
        noClasses()
                .that()
                .haveNameMatching(".*(Health|Endpoint|Metrics)[^.]*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.pgwatch.core..", "java.sql..", "javax.sql..")
                .check(production);
    }
}
