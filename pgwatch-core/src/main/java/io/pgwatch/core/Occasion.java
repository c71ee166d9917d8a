package io.pgwatch.core;

import io.pgwatch.snapshot.Section;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * When a section is worth its price: what the sweep has just read says whether it is asked for, in a round trip of its own.
 *
 * @param by the section that tells; where that one is missing, this one is, for the same reason
 * @param parameters what to ask with; empty when there is no reason to ask
 * @param otherwise what is known without asking
 */
record Occasion<S, T>(Section<S> by, Function<S, Optional<List<String>>> parameters, T otherwise) {}
