package io.github.afterimage.reduce;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
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
                "achlioptas:1",
                "sparse:2147483647",
                "hadamard:1024:seed=7",
                "pca:128",
                "pca:128:seed=-9223372036854775808",
                "gaussian:eps=0.1",
                "achlioptas:eps=0.25:seed=9223372036854775807",
                "gaussian:eps=1.0E-4",
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
        assertThat(Reduction.parse("gaussian:eps=1e-1")).hasToString("gaussian:eps=0.1");
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
                "gaussian:eps=|tolerance \"\": expected a number between 0 and 1",
                "gaussian:eps=0|tolerance \"0\"",
                "gaussian:eps=1|tolerance \"1\"",
                "gaussian:eps=-0.1|tolerance \"-0.1\"",
                "gaussian:eps=1.2.3|tolerance \"1.2.3\"",
                "gaussian:eps=NaN|tolerance \"NaN\"",
                "gaussian:eps=0x1p-3|tolerance \"0x1p-3\"",
                "sparse:eps=0.1|proven for gaussian and achlioptas only: give a dimension, such as sparse:512",
                "hadamard:eps=0.1|proven for gaussian and achlioptas only",
                "pca:eps=0.1|proven for gaussian and achlioptas only",
                "gaussian:512:|ends in \"\": expected seed=NUMBER",
                "gaussian:512:7|ends in \"7\"",
                "gaussian:512:eps=0.1|ends in \"eps=0.1\"",
                "gaussian:512:seed=|seed \"\": expected a whole number",
                "gaussian:512:seed=1.5|seed \"1.5\"",
                "gaussian:512:seed=9223372036854775808|seed \"9223372036854775808\"",
                "gaussian:512:seed=7:seed=8|expected gaussian:DIM",
                "gaussian:512:epsilon=1|has an epsilon: only whiten:DIM takes one",
                "whiten:eps=0.1|proven for gaussian and achlioptas only",
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
        assertThat(Reduction.parse("gaussian:eps=0.1").fitting(8)).contains(Reduction.parse("gaussian:eps=0.1"));
        assertThat(Reduction.whitened(8, 3).fitting(9)).contains(Reduction.whitened(8, 3));
        assertThat(Reduction.whitened(8, 3).fitting(5)).contains(Reduction.whitened(5, 3));
    }

    @Test
    void aToleranceBecomesTheDimensionOfTheJohnsonLindenstraussBound() {
        Reduction tolerant = Reduction.parse("gaussian:eps=0.1:seed=3");
        assertThat(tolerant.byTolerance()).isTrue();
        assertIllegalState(tolerant::dim);
        assertIllegalState(() -> tolerant.reducer(12_288, 1));
        Reduction resolved = tolerant.resolve(12_288, 100_000);
        assertThat(resolved).isEqualTo(Reduction.gaussian(9869).withSeed(3)); // 4 ln 1e5 / (0.005 - 0.001 / 3)
        assertThat(resolved.byTolerance()).isFalse();
        assertThat(Reduction.parse("achlioptas:eps=0.5").resolve(64, 0).dim()).isEqualTo(34); // as for two keys
    }

    @Test
    void aToleranceThatNeedsMoreDimensionsThanThereAreSaysWhichWouldDo() {
        assertIllegalArgument(() -> Reduction.parse("gaussian:eps=0.1").resolve(2048, 100_000))
                .hasMessage("reduction \"gaussian:eps=0.1\" of 100000 keys needs 9869 dimensions, more than the 2048"
                        + " that keys have: from eps=0.24 on they suffice");
        assertThat(Reduction.parse("gaussian:eps=0.24").resolve(2048, 100_000).dim())
                .isLessThanOrEqualTo(2048);
        assertIllegalArgument(() -> Reduction.parse("gaussian:eps=0.23").resolve(2048, 100_000));
        assertIllegalArgument(() -> Reduction.parse("gaussian:eps=0.1").resolve(10, 100_000))
                .hasMessageEndingWith("no eps suffices; give a dimension instead");
        assertIllegalArgument(() -> Reduction.parse("gaussian:eps=1e-9").resolve(2048, Long.MAX_VALUE))
                .hasMessageContaining("dimensions, more than the 2048 that keys have");
        assertIllegalArgument(() -> Reduction.parse("gaussian:eps=0.1").resolve(2048, -1))
                .hasMessage("keys -1: expected a number that is not negative");
    }

    @Test
    void refusesToMakeRowsLonger() {
        assertThat(Reduction.hadamard(100).resolve(100, 5)).isEqualTo(Reduction.hadamard(100));
        assertIllegalArgument(() -> Reduction.hadamard(101).resolve(100, 5))
                .hasMessage("reduction \"hadamard:101\" of rows of 100 values: expected a dimension of at most 100");
        assertIllegalArgument(() -> Reduction.gaussian(101).reducer(100, 1));
        assertIllegalArgument(() -> Reduction.gaussian(10).reducer(100, 0))
                .hasMessage("threads 0: expected a positive number");
        assertIllegalArgument(() -> Reduction.principalComponents(10).reducer(100, 1))
                .hasMessageContaining("is learned from keys");
    }
}
