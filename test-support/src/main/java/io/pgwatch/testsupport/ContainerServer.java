package io.pgwatch.testsupport;

import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A server in a container, used where the system property {@code pgwatch.testcontainers} is true and Docker is present.
 *
 * <p>This has been compiled but never run.
 */
final class ContainerServer extends PgServer {

    private final PostgreSQLContainer container;

    private ContainerServer(int major, PostgreSQLContainer container, boolean shared) {
        super(major, shared);
        this.container = container;
    }

    static boolean isWanted() {
        return Boolean.getBoolean("pgwatch.testcontainers")
                && DockerClientFactory.instance().isDockerAvailable();
    }

    static ContainerServer start(int major, Map<String, String> settings, boolean shared) {
        StringBuilder command = new StringBuilder("postgres -c fsync=off");
        settings.forEach(
                (name, value) -> command.append(" -c ").append(name).append('=').append(value));
        PostgreSQLContainer container = new PostgreSQLContainer("postgres:" + major)
                .withUsername("postgres")
                .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
                .withCommand(command.toString());
        container.start();
        return new ContainerServer(major, container, shared);
    }

    @Override
    public String host() {
        return container.getHost();
    }

    @Override
    public int port() {
        return container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT);
    }

    @Override
    public String log() {
        return container.getLogs();
    }

    @Override
    void discard() {
        container.stop();
    }
}
