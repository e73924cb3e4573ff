package io.github.afterimage.reduce;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReductionTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gaussian:512",
                "hadamard:1024:seed=7",
                "pca:128",
                "pca:128:seed=-9223372036854775808",
                "whiten:256",
                "whiten:4096:epsilon=0.3",
                "whiten:256:epsilon=3:seed=7",
                "whiten:1:epsilon=1.0E-6"
            })
    void textIsReadAndPrintedUnchanged(String text) {
        Reduction reduction = Reduction.parse(text);
        assertThat(reduction).hasToString(text);
        assertThat(Reduction.parse(reduction.toString())).isEqualTo(reduction).hasSameHashCodeAs(reduction);
    }

    @Test
    void textThatSaysTheSameIsPrintedTheSame() {
        assertThat(Reduction.parse("gaussian:0512:seed=0")).hasToString("gaussian:512");
        assertThat(Reduction.parse("whiten:256:epsilon=1.0")).hasToString("whiten:256");
    }

    @Test
    void factoriesGiveWhatTheTextGives() {
        assertThat(Reduction.gaussian(512)).isEqualTo(Reduction.parse("gaussian:512"));
        assertThat(Reduction.hadamard(1024).withSeed(7)).isEqualTo(Reduction.parse("hadamard:1024:seed=7"));
        assertThat(Reduction.principalComponents(128)).isEqualTo(Reduction.parse("pca:128"));
        assertThat(Reduction.whitened(256)).isEqualTo(Reduction.parse("whiten:256"));
        assertThat(Reduction.whitened(256, 0.3).withSeed(2))
                .isEqualTo(Reduction.parse("whiten:256:epsilon=0.3:seed=2"));
        assertThat(Reduction.whitened(256, 0.3)).isNotEqualTo(Reduction.whitened(256));
        assertThat(Reduction.gaussian(512)).isNotEqualTo(Reduction.gaussian(512).withSeed(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|expected gaussian:DIM",
                "gaussian|expected gaussian:DIM",
                "512|expected gaussian:DIM",
                "gauss:512|unknown kind \"gauss\": expected gaussian:DIM",
                "Gaussian:512|unknown kind \"Gaussian\"",
                "' gaussian:512'|unknown kind \" gaussian\"",
                ":512|unknown kind \"\"",
                "gaussian:|dimension \"\": expected a number in 1..2147483647",
                "gaussian:0|dimension \"0\"",
                "gaussian:-5|dimension \"-5\"",
                "gaussian:5.5|dimension \"5.5\"",
                "gaussian:+5|dimension \"+5\"",
                "gaussian:2147483648|dimension \"2147483648\"",
                "gaussian:99999999999999999999|dimension \"99999999999999999999\"",
                "gaussian:seed=3|dimension \"seed=3\"",
                "gaussian:512:|ends in \"\": expected seed=NUMBER",
                "gaussian:512:7|ends in \"7\"",
                "gaussian:512:seed=|seed \"\": expected a whole number",
                "gaussian:512:seed=1.5|seed \"1.5\"",
                "gaussian:512:seed=9223372036854775808|seed \"9223372036854775808\"",
                "gaussian:512:seed=7:seed=8|expected gaussian:DIM",
                "gaussian:512:epsilon=1|has an epsilon: only whiten:DIM takes one",
                "whiten:4097|dimension \"4097\": expected a number in 1..4096",
                "whiten:256:epsilon=|epsilon \"\": expected a number in 1.0E-6..1000000.0",
                "whiten:256:epsilon=0|epsilon \"0\": expected a number in 1.0E-6..1000000.0",
                "whiten:256:epsilon=-1|epsilon \"-1\"",
                "whiten:256:epsilon=1e7|epsilon \"1e7\"",
                "whiten:256:0.3|ends in \"0.3\"",
                "whiten:256:seed=7:epsilon=1|expected gaussian:DIM"
            })
    void refusesOtherTextAndSaysWhatWasExpected(String text, String part) {
        assertIllegalArgument(() -> Reduction.parse(text))
                .hasMessageContaining("reduction \"" + text + "\"")
                .hasMessageContaining(part);
    }

    @Test
    void factoriesRefuseWhatIsOutOfRange() {
        assertIllegalArgument(() -> Reduction.hadamard(0))
                .hasMessage("reduction \"hadamard:0\" has dimension \"0\": expected a number in 1..2147483647");
    }

    @Test
    void whitenedReductionsAreBounded() {
        assertIllegalArgument(() -> Reduction.whitened(4097))
                .hasMessageContaining("dimension \"4097\": expected a number in 1..4096");
        for (double epsilon : new double[] {0, -1, 1e7, Double.NaN}) {
            assertIllegalArgument(() -> Reduction.whitened(4, epsilon))
                    .hasMessageContaining("epsilon \"" + epsilon + "\": expected a number in 1.0E-6..1000000.0");
        }
    }

    @Test
    void fitsRowsThatAreShorterThanItsDimension() {
        assertThat(Reduction.principalComponents(8).fitting(9)).contains(Reduction.principalComponents(8));
        assertThat(Reduction.principalComponents(8).fitting(8)).isEmpty();
        assertThat(Reduction.whitened(8, 3).fitting(9)).contains(Reduction.whitened(8, 3));
        assertThat(Reduction.whitened(8, 3).fitting(5)).contains(Reduction.whitened(5, 3));
    }

    @Test
    void refusesToMakeRowsLonger() {
        assertThat(Reduction.hadamard(100).checked(100)).isEqualTo(Reduction.hadamard(100));
        assertIllegalArgument(() -> Reduction.hadamard(101).checked(100))
                .hasMessage("reduction \"hadamard:101\" of rows of 100 values: expected a dimension of at most 100");
        assertIllegalArgument(() -> Reduction.gaussian(101).reducer(100, 1));
        assertIllegalArgument(() -> Reduction.gaussian(10).reducer(100, 0))
                .hasMessage("threads 0: expected a positive number");
        assertIllegalArgument(() -> Reduction.principalComponents(10).reducer(100, 1))
                .hasMessageContaining("is learned from keys");
    }
}
