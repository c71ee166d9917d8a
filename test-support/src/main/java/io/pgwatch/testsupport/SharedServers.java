package io.pgwatch.testsupport;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.params.provider.AnnotationBasedArgumentsProvider;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** The servers of a test run: each is started when the first test asks for it, and ended with the run. */
final class SharedServers implements ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(SharedServers.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.isAnnotated(Postgres.class) && parameter.getParameter().getType() == PgServer.class;
    }

    @Override
    public PgServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Postgres wanted = parameter.findAnnotation(Postgres.class).orElseThrow();
        return get(context, wanted.major() == 0 ? Majors.newest() : wanted.major(), wanted.with());
    }

    private static PgServer get(ExtensionContext context, int major, String[] settings) {
        PgServer.Builder wanted = PgServer.major(major);
        for (String setting : settings) {
            String[] nameAndValue = setting.split("=", 2);
            if (nameAndValue.length != 2) {
                throw new IllegalArgumentException("want name=value, got " + setting);
            }
            wanted = wanted.with(nameAndValue[0].strip(), nameAndValue[1].strip());
        }
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(wanted, key -> new Shared(key.start(true)), Shared.class)
                .server();
    }

    /** Lets the store end a server whose own close() does nothing. */
    private record Shared(PgServer server) implements AutoCloseable {

        @Override
        public void close() {
            server.discard();
        }
    }

    /** Hands out the servers that {@link SupportedMajors} asks for, each not started before its turn. */
    static final class OfEachMajor extends AnnotationBasedArgumentsProvider<SupportedMajors> {

        @Override
        protected Stream<? extends Arguments> provideArguments(
                ParameterDeclarations parameters, ExtensionContext context, SupportedMajors wanted) {
            return Majors.ofThisRun().stream()
                    .filter(major -> wanted.from() <= major && major <= wanted.to())
                    .map(major -> Arguments.of(get(context, major, wanted.with())));
        }
    }
}
