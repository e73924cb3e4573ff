package io.github.afterimage;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs a test with every engine of this machine. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@MethodSource("io.github.afterimage.ForEachEngine$Source#engines")
public @interface ForEachEngine {
    /** The engines. */
    final class Source {
        private Source() {}

        static Stream<Engine> engines() {
            return Engines.available().stream();
        }
    }
}
