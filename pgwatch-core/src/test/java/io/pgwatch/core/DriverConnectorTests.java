package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriverConnectorTests {

    @ParameterizedTest(name = "{0} with {1}, beside {2} with the password of the pool: {3}")
    @CsvSource({
        "monitor, own, app, own",
        "monitor,, app,",
        "app,, app, of-the-pool",
        "monitor,,, of-the-pool",
        ",, app, of-the-pool",
    })
    void sends_nobody_the_password_of_another_role(
            @Nullable String role, @Nullable String password, @Nullable String other, @Nullable String sent) {
        Properties given = new Properties();
        if (other != null) {
            given.setProperty("user", other);
        }
        given.setProperty("password", "of-the-pool");

        DriverConnector.putCredentials(
                given, new ConnectionTarget("jdbc:postgresql://localhost/orders", role, password));

        assertThat(given.getProperty("password")).isEqualTo(sent);
        assertThat(given.getProperty("user")).isEqualTo(role != null ? role : other);
    }
}
