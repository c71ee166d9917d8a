package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What comes along into an application that depends on us. */
class DependenciesTests {

    @Test
    void nothing_comes_along_but_slf4j() throws Exception {
        assertThat(whatComesAlongWith(Path.of("..", "pgwatch-api", "pom.xml"))).isEmpty();
        assertThat(whatComesAlongWith(Path.of("pom.xml"))).containsExactly("pgwatch-api", "slf4j-api");
    }

    private static List<String> whatComesAlongWith(Path pom) throws Exception {
        NodeList dependencies = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getElementsByTagName("dependency");
        List<String> artifacts = new ArrayList<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            boolean needed = Set.of("", "compile", "runtime").contains(text(dependency, "scope"))
                    && !text(dependency, "optional").equals("true");
            if (needed) {
                artifacts.add(text(dependency, "artifactId"));
            }
        }
        return artifacts;
    }

    private static String text(Element dependency, String name) {
        NodeList found = dependency.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }
}
