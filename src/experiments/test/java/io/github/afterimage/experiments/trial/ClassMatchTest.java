package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@code ClassMatch}, with a network that gives the k-th picture of a class a chosen answer. */
class ClassMatchTest {
    private static final int PICTURES = 20; // of each class
    private static final List<String> NAMES = List.of("ant", "bee", "cow");

    private static Classes match(int outputs, IntBinaryOperator answer) {
        int size = NAMES.size() * PICTURES;
        int[] labels = IntStream.range(0, size).map(i -> i / PICTURES).toArray();
        int[] answers = IntStream.range(0, size)
                .map(i -> answer.applyAsInt(labels[i], i % PICTURES))
                .toArray();
        return new ClassMatch(ClassAssignment.of(labels, answers, NAMES.size()), outputs, NAMES, true).find();
    }

    private static List<Integer> outputs(Classes classes) {
        return classes.matches().stream().map(TrialResult.Match::output).toList();
    }

    @Test
    void theSameOrderNeedsNoOutputs() {
        Classes classes = match(3, (label, k) -> k < 12 ? label : (label + k) % 3);
        assertThat(classes.relation()).isEqualTo(ClassMatch.SAME);
        assertThat(classes.matches()).isEmpty();
        assertThat(classes.doubtful()).isEmpty();
    }

    @Test
    void twoExchangedClassesAmongManyErrorsAreAnotherOrder() {
        int[] order = {1, 0, 2};
        Classes classes = match(3, (label, k) -> k < 12 ? order[label] : (label + k) % 3);
        assertThat(classes.relation()).isEqualTo(ClassMatch.PERMUTED);
        assertThat(outputs(classes)).containsExactly(1, 0, 2);
        assertThat(classes.doubtful()).isEmpty();
    }

    @Test
    void twoClassesThatTheAnswersDoNotTellApartAreDoubtful() {
        int[] order = {7, 4, 2};
        Classes part = match(9, (label, k) -> label < 2 ? order[(label + k % 2) % 2] : order[label]);
        assertThat(part.relation()).isEqualTo(ClassMatch.PART);
        assertThat(outputs(part).get(2)).isEqualTo(2);
        assertThat(part.doubtful()).containsExactly(0, 1);
    }

    @Test
    void aSlightlyMoreFrequentForeignAnswerIsADoubtAndNotAnotherOrder() {
        int[] order = {1, 0, 2};
        Classes classes = match(3, (label, k) -> label < 2 && k < 11 ? order[label] : label);
        assertThat(classes.relation()).isEqualTo(ClassMatch.SAME);
        assertThat(outputs(classes)).containsExactly(0, 1, 2);
        assertThat(classes.doubtful()).hasSize(2);
        assertThat(classes.sentence())
                .isEqualTo(
                        "Class k of the pictures was taken for class k of the network, but its answers do not tell so for 2 of 3:"
                                + " it is right on 63.3 % of the sample.");
    }

    @Test
    void aShareThatChanceAloneWouldHaveIsCalledSo() {
        assertThat(match(3, (label, k) -> k % 3).sentence())
                .endsWith(" of the sample; chance alone would be right on 33.33 %.");
    }

    @Test
    void threeOfManyClassesAreListed() {
        assertThat(ClassMatch.shortened(List.of("a", "b", "c", "d", "e"))).isEqualTo("a, b, c and 2 more");
    }

    @Test
    void aClassWithoutAnAnswerOfItsOwnGetsAFreeOutput() {
        Classes classes = match(9, (label, k) -> label == 0 ? 5 : label);
        assertThat(outputs(classes)).containsExactly(5, 1, 2);
        Classes lost = match(9, (label, k) -> label == 0 ? 1 : label);
        assertThat(outputs(lost)).containsExactly(0, 1, 2);
        assertThat(lost.doubtful()).isNotEmpty();
    }

    @Test
    void ofANetworkWithFewClassesMoreAnswersMustBeRight() {
        IntBinaryOperator half = (label, k) -> k < PICTURES / 2 ? label : 3 + (label + k) % 7;
        assertThat(match(10, half).relation()).isEqualTo(ClassMatch.OTHER);
        assertThat(match(1000, half).relation()).isEqualTo(ClassMatch.PART);
    }
}
