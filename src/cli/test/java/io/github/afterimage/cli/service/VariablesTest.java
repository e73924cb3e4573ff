package io.github.afterimage.cli.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Variables of the environment that are wrong. */
class VariablesTest {
    private static String problem(String variable, String value, String... arguments) {
        CommandLine command = new CommandLine(new ServeCommand())
                .setDefaultValueProvider(new Configuration(Map.of(variable, value, "AFTERIMAGE_STACK_TRACE", "1")));
        ParameterException problem = catchThrowableOfType(ParameterException.class, () -> command.parseArgs(arguments));
        return Configuration.sourced(problem.getArgSpec(), problem.getMessage());
    }

    @Test
    void aWrongValueIsThatOfTheVariable() {
        assertThat(problem("AFTERIMAGE_SERVE_PORT", "many"))
                .startsWith("environment AFTERIMAGE_SERVE_PORT: Invalid value for option '--port'")
                .contains("'many'");
    }

    @Test
    void aWrongValueOfTheCommandLineIsNotThatOfTheVariable() {
        assertThat(problem("AFTERIMAGE_SERVE_PORT", "1", "--port", "many")).startsWith("Invalid value");
    }

    @Test
    void aFlagWithoutAValueIsRefused() {
        assertThat(problem("AFTERIMAGE_SERVE_TOKEN_FOR_READS", ""))
                .isEqualTo("environment AFTERIMAGE_SERVE_TOKEN_FOR_READS: token-for-reads has no value: expected true"
                        + " or false");
    }

    @Test
    void anUnknownVariableIsRefusedWithTheNearestOne() {
        assertThat(problem("AFTERIMAGE_SERVE_MAXBODY", "1m"))
                .isEqualTo("environment AFTERIMAGE_SERVE_MAXBODY: unknown option, did you mean"
                        + " AFTERIMAGE_SERVE_MAX_BODY?");
    }
}
