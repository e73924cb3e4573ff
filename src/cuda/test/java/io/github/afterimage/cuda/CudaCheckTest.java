package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The check before the first use notices faults of a card; those of native/test/cuda/driver/mutations.txt, on the stand-in. */
class CudaCheckTest {
    @BeforeEach
    void needsTheStandIn() {
        StandIn.needed();
        assumeTrue(new CudaProvider().problem() == null);
    }

    @AfterEach
    void endMutation() {
        if (StandIn.present()) { // also called after a skipped test
            StandIn.mutate("");
        }
    }

    /** Returns the name of each fault, and the file that it is in. */
    private static Stream<Arguments> mutations() throws IOException {
        return Files.readAllLines(Path.of("native/test/cuda/driver/mutations.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" @ "))
                .map(parts -> Arguments.of(parts[0], parts[1]));
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void aFaultIsNoticed(String name, String file) {
        StandIn.mutate(name);
        String problem = CudaCheck.run().problem();
        assertThat(problem).as(name).isNotNull();
        String answer = problem.replaceFirst("the check[^:]*: ", "").replaceFirst(": .*", "");
        System.out.println("| " + name.replace('_', ' ') + " | " + file + " | " + answer + " |");
    }

    @Test
    void aCardWithoutFaultsPasses() {
        assertThat(CudaCheck.run().problem()).isNull();
    }
}
