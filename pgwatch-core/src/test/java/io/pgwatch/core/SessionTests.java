package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SessionTests {

    @Test
    void a_borrowed_connection_that_is_of_no_use_goes_back_as_it_came() {
        AtomicInteger networkTimeout = new AtomicInteger(30_000);
        AtomicBoolean returned = new AtomicBoolean();
        Connection useless = (Connection) Proxy.newProxyInstance(
                SessionTests.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getNetworkTimeout" -> networkTimeout.get();
                    case "setNetworkTimeout" -> {
                        networkTimeout.set((int) arguments[1]);
                        yield null;
                    }
                    case "isClosed" -> returned.get();
                    case "close" -> {
                        returned.set(true);
                        yield null;
                    }
                    default -> throw new SQLException("no");
                });

        assertThatThrownBy(() -> new Session(useless, true, Duration.ofSeconds(1), Duration.ofMillis(250), null))
                .isInstanceOf(SQLException.class);

        assertThat(returned).isTrue();
        assertThat(networkTimeout).hasValue(30_000);
    }
}
