package io.pgwatch.core;

import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Reading.Taken;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Sessions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads the sections of one server that are due: the fast ones in one joined statement, the slow ones alone, those with an
 * occasion after the others, when what was read gives it. When a part of the joined statement fails, the sections are read
 * one by one, and the joined statement goes on without the broken one. Used by one thread at a time.
 */
final class Reader {

    private static final Duration CAPABILITIES_GOOD_FOR = Duration.ofMinutes(5);

    /** Of a limit on connections: somebody is about to raise it. */
    private static final double NEAR = 0.8;

    private static final Duration NEAR_A_LIMIT_GOOD_FOR = Duration.ofMinutes(1);

    private final List<Query<?>> queries;
    private final Clock clock;
    private final Retries retries = new Retries();
    private final Map<Section<?>, Past> lastRead = new HashMap<>();
    private @Nullable Instant capabilitiesReadAt;

    /** When the present sweep began. */
    private Instant now = Instant.MIN;

    /**
     * A reading that is over.
     *
     * @param patience by which the time that it is good for is made a little longer or shorter
     */
    private record Past(Instant at, double patience) {

        boolean isGoodFor(Duration time, Instant now) {
            return now.isBefore(at.plusMillis((long) (time.toMillis() * patience)));
        }
    }

    Reader(List<Query<?>> queries, Clock clock) {
        this.queries = queries;
        this.clock = clock;
    }

    /**
     * Every section that this sweep has news of.
     *
     * @param newest what is known from before; what is missing there is due
     * @throws SQLException if the connection is of no use any more
     */
    Map<Section<?>, Reading<?>> read(Session session, Map<Section<?>, Reading<?>> newest) throws SQLException {
        now = clock.instant();
        retries.tick();
        refreshCapabilities(session, newest.get(Sessions.SECTION));
        Map<Section<?>, Reading<?>> news = new HashMap<>();
        List<Query<?>> joined = new ArrayList<>();
        List<Query<?>> alone = new ArrayList<>();
        List<Query<?>> onOccasion = new ArrayList<>();
        for (Query<?> query : queries) {
            Optional<Missing<?>> elsewhere = query.elsewhere().get();
            boolean broken = retries.reason(query.section()).isPresent();
            if (elsewhere.isPresent()) {
                news.put(query.section(), elsewhere.get());
            } else if (query.occasion() != null && !(broken && !retries.due(query.section()))) {
                onOccasion.add(query);
            } else if (broken && !retries.due(query.section())) {
                news.put(query.section(), retries.reason(query.section()).orElseThrow());
            } else if (broken) {
                alone.add(query);
            } else if (!(newest.get(query.section()) instanceof Taken) || isDue(query)) {
                (query.joined() ? joined : alone).add(query);
            }
        }
        readTogether(session, joined, news);
        for (Query<?> query : alone) {
            readAlone(session, query, query.parameters().apply(session), news);
        }
        for (Query<?> query : onOccasion) {
            readOnOccasion(session, query, news);
        }
        return news;
    }

    /** Another server answers. */
    void forget() {
        askForAll();
        retries.forget();
    }

    /** Whatever is known may hold no longer: all of it is due. */
    void askForAll() {
        lastRead.clear();
    }

    private void refreshCapabilities(Session session, @Nullable Reading<?> sessions) throws SQLException {
        Duration goodFor = isNearALimit(sessions) ? NEAR_A_LIMIT_GOOD_FOR : CAPABILITIES_GOOD_FOR;
        if (capabilitiesReadAt == null) {
            capabilitiesReadAt = now;
        } else if (now.isAfter(capabilitiesReadAt.plus(goodFor))) {
            capabilitiesReadAt = now;
            session.refreshCapabilities();
            retries.forget();
        }
    }

    private static boolean isNearALimit(@Nullable Reading<?> sessions) {
        return sessions instanceof Taken<?> taken
                && taken.value() instanceof Sessions seen
                && seen.ceilings().get(0).saturation() >= NEAR;
    }

    private boolean isDue(Query<?> query) {
        Past last = lastRead.get(query.section());
        return last == null || !last.isGoodFor(query.goodFor().get(), now);
    }

    private void readTogether(Session session, List<Query<?>> together, Map<Section<?>, Reading<?>> news)
            throws SQLException {
        try {
            if (!together.isEmpty()) {
                List<@Nullable String> parameters = new ArrayList<>();
                together.forEach(query -> parameters.addAll(query.parameters().apply(session)));
                news.putAll(readAll(session, together, parameters));
                together.forEach(query -> lastRead.put(query.section(), new Past(now, patience(query))));
            }
        } catch (SQLException e) {
            if (Failures.endsConnection(e)) {
                throw e;
            }
            for (Query<?> query : together) {
                readAlone(session, query, query.parameters().apply(session), news);
            }
        }
    }

    private <T> void readOnOccasion(Session session, Query<T> query, Map<Section<?>, Reading<?>> news)
            throws SQLException {
        Occasion<?, T> occasion = Objects.requireNonNull(query.occasion());
        Reading<?> by = news.get(occasion.by());
        if (by instanceof Taken<?> taken) {
            Optional<List<String>> parameters = parameters(occasion, taken);
            if (parameters.isPresent()) {
                readAlone(session, query, parameters.get(), news);
            } else {
                news.put(query.section(), new Taken<>(occasion.otherwise(), taken.at()));
            }
        } else if (by != null) {
            news.put(query.section(), by);
        }
    }

    private static <S> Optional<List<String>> parameters(Occasion<S, ?> occasion, Taken<?> taken) {
        return occasion.parameters().apply(occasion.by().type().cast(taken.value()));
    }

    private void readAlone(
            Session session, Query<?> query, List<@Nullable String> parameters, Map<Section<?>, Reading<?>> news)
            throws SQLException {
        try {
            news.putAll(readAll(session, List.of(query), parameters));
            retries.worked(query.section());
            lastRead.put(query.section(), new Past(now, patience(query)));
        } catch (SQLException e) {
            if (Failures.endsConnection(e)) {
                throw e;
            }
            Missing<?> reason = Failures.missing(e);
            Missing<?> named = new Missing<>(
                    reason.cause(), query.section() + ": " + reason.detail(), Grants.lacking(e, session.role()));
            retries.failed(query.section(), named);
            news.put(query.section(), named);
        }
    }

    /** A sweep may come a little early, and what is asked for alone is not to be asked for by all watches at once. */
    private static double patience(Query<?> query) {
        return query.joined() ? 0.95 : ThreadLocalRandom.current().nextDouble(0.9, 1.1);
    }

    private Map<Section<?>, Reading<?>> readAll(
            Session session, List<Query<?>> together, List<@Nullable String> parameters) throws SQLException {
        Map<Section<?>, Reading<?>> read = new HashMap<>();
        List<String> texts = new ArrayList<>(together.size());
        together.forEach(query -> texts.add(query.textFor(session.major())));
        session.read(texts, parameters, (statement, rows) -> {
            Query<?> query = together.get(statement);
            read.put(query.section(), taken(query, rows, session));
        });
        return read;
    }

    private <T> Taken<T> taken(Query<T> query, ResultSet rows, Session session) throws SQLException {
        return new Taken<>(query.reader().read(rows, session), clock.instant());
    }
}
