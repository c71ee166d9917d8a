package io.pgwatch.sample.boot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * An application on Spring Boot 3.5 and WebFlux: the same dependency and the same properties as on Boot 4. It wants its
 * PostgreSQL as {@code --spring.datasource.url=jdbc:postgresql://...}.
 */
@SpringBootApplication
public class SampleApplication {

    public static void main(String[] args) {
        SpringApplication.run(SampleApplication.class, args);
    }
}
