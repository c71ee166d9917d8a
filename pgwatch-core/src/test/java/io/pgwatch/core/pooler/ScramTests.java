package io.pgwatch.core.pooler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramTests {

    @Test
    void proves_the_password_and_wants_the_server_to_prove_it_too() throws Exception {
        Scram scram = new Scram("pencil", "rOprNGfwEbeRWgbNEkqO");

        assertThat(scram.first()).isEqualTo("n,,n=,r=rOprNGfwEbeRWgbNEkqO");
        assertThat(scram.isGenuine("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
                .as("before anything was proved")
                .isFalse();

        String proof =
                scram.proof("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");

        assertThat(proof).startsWith("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=");
        assertThat(scram.isGenuine("v=AAAA")).isFalse();
        assertThat(scram.isGenuine("e=invalid-proof")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=mine,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=mineandmore,i=4096",
                "r=mineandmore,s=???,i=4096",
                "r=mineandmore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
                "r=mineandmore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
                "r=mineandmore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=many",
                ""
            })
    void goes_on_with_no_server_that_makes_no_sense(String serverFirst) {
        assertThatThrownBy(() -> new Scram("pencil", "mine").proof(serverFirst))
                .isInstanceOf(IOException.class)
                .hasMessage("what the server says of SCRAM-SHA-256 makes no sense");
    }
}
