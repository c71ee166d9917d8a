package io.pgwatch.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadmeTests {

    private static final Path ROOT = Path.of("..", "..");

    private static final Pattern JAVA = Pattern.compile("(?<=```java\\n).*?(?=```)", Pattern.DOTALL);

    private static final Pattern LINK = Pattern.compile("(?<=]\\()(?!http)[^)#]+");

    @Test
    void shows_only_java_that_is_part_of_a_sample_and_so_compiles() throws IOException {
        String samples = texts(".java", ROOT.resolve("samples")).stream()
                .map(ReadmeTests::stripped)
                .collect(Collectors.joining());

        List<String> shown = JAVA.matcher(String.join("\n", pages().values()))
                .results()
                .map(MatchResult::group)
                .map(ReadmeTests::stripped)
                .toList();

        assertThat(shown)
                .hasSizeGreaterThan(1)
                .allSatisfy(block -> assertThat(samples).contains(block));
    }

    @Test
    void links_to_files_that_are_there() throws IOException {
        for (var page : pages().entrySet()) {
            List<String> links = LINK.matcher(page.getValue())
                    .results()
                    .map(MatchResult::group)
                    .toList();

            assertThat(links)
                    .allSatisfy(link ->
                            assertThat(page.getKey().resolveSibling(link)).exists());
        }
    }

    private static Map<Path, String> pages() throws IOException {
        Map<Path, String> pages = new LinkedHashMap<>();
        for (Path page : Stream.concat(
                        Stream.of(ROOT.resolve("README.md")), files(".md", ROOT.resolve("docs")).stream())
                .toList()) {
            pages.put(page, Files.readString(page));
        }
        return pages;
    }

    private static List<String> texts(String ending, Path directory) throws IOException {
        List<String> texts = new ArrayList<>();
        for (Path file : files(ending, directory)) {
            texts.add(Files.readString(file));
        }
        return texts;
    }

    private static List<Path> files(String ending, Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(ending)).toList();
        }
    }

    /** How code is broken into lines and set in is left to the formatter. */
    private static String stripped(String code) {
        return code.lines().map(String::strip).collect(Collectors.joining());
    }
}
