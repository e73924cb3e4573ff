package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@code ClassMatch}, with a network that gives the k-th picture of a class a chosen answer. */
class ClassMatchTest {
    private static final int PICTURES = 20; // of each class
    private static final List<String> NAMES = List.of("ant", "bee", "cow");

    private static ClassMatch match(int outputs, IntBinaryOperator answer, OutputNames... known) {
        int size = NAMES.size() * PICTURES;
        int[] labels = IntStream.range(0, size).map(i -> i / PICTURES).toArray();
        int[] answers = IntStream.range(0, size)
                .map(i -> answer.applyAsInt(labels[i], i % PICTURES))
                .toArray();
        return ClassMatch.of(ClassAssignment.of(labels, answers, NAMES.size()), NAMES, true, outputs, List.of(known));
    }

    private static OutputNames names(String... names) {
        return new OutputNames(List.of(names), "labels.txt");
    }

    @Test
    void theSameOrderNeedsNoOutputs() {
        ClassMatch classes = match(3, (label, k) -> k < 12 ? label : (label + k) % 3);
        assertThat(classes.relation()).isEqualTo(ClassMatch.SAME);
        assertThat(classes.matches()).isEmpty();
        assertThat(classes.doubtful()).isEmpty();
    }

    @Test
    void twoExchangedClassesAmongManyErrorsAreAnotherOrder() {
        int[] order = {1, 0, 2};
        ClassMatch classes = match(3, (label, k) -> k < 12 ? order[label] : (label + k) % 3);
        assertThat(classes.relation()).isEqualTo(ClassMatch.PERMUTED);
        assertThat(classes.outputs()).containsExactly(1, 0, 2);
        assertThat(classes.doubtful()).isEmpty();
    }

    @Test
    void twoClassesThatTheAnswersDoNotTellApartAreDoubtful() {
        int[] order = {7, 4, 2};
        ClassMatch part = match(9, (label, k) -> label < 2 ? order[(label + k % 2) % 2] : order[label]);
        assertThat(part.relation()).isEqualTo(ClassMatch.PART);
        assertThat(part.outputs().get(2)).isEqualTo(2);
        assertThat(part.doubtful()).containsExactly(0, 1);
    }

    @Test
    void aSlightlyMoreFrequentForeignAnswerIsADoubtAndNotAnotherOrder() {
        int[] order = {1, 0, 2};
        ClassMatch classes = match(3, (label, k) -> label < 2 && k < 11 ? order[label] : label);
        assertThat(classes.relation()).isEqualTo(ClassMatch.SAME);
        assertThat(classes.outputs()).containsExactly(0, 1, 2);
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
        assertThat(ClassMatch.shortened(List.of("a", "b", "c", "d", "e"), 3)).isEqualTo("a, b, c and 2 more");
    }

    @Test
    void aClassWithoutAnAnswerOfItsOwnGetsAFreeOutput() {
        ClassMatch classes = match(9, (label, k) -> label == 0 ? 5 : label);
        assertThat(classes.outputs()).containsExactly(5, 1, 2);
        ClassMatch lost = match(9, (label, k) -> label == 0 ? 1 : label);
        assertThat(lost.outputs()).containsExactly(0, 1, 2);
        assertThat(lost.doubtful()).isNotEmpty();
    }

    @Test
    void ofANetworkWithFewClassesMoreAnswersMustBeRight() {
        IntBinaryOperator half = (label, k) -> k < PICTURES / 2 ? label : 3 + (label + k) % 7;
        assertThat(match(10, half).relation()).isEqualTo(ClassMatch.OTHER);
        assertThat(match(1000, half).relation()).isEqualTo(ClassMatch.PART);
    }

    @Test
    void namesComeBeforeAnswersAndLeaveNoDoubt() {
        IntBinaryOperator confused = (label, k) -> k < 12 ? 3 : label + 6; // more often "wasp" than anything else
        OutputNames known = names("wolf", "yak", "pig", "wasp", "hen", "dog", "Ant", "bee, honey-bee", "cow", "cat");
        ClassMatch classes = match(10, confused, known);
        assertThat(classes.relation()).isEqualTo(ClassMatch.PART);
        assertThat(classes.outputs()).containsExactly(6, 7, 8);
        assertThat(classes.doubtful()).isEmpty();
        assertThat(classes.right()).isEqualTo(0.4);
        assertThat(classes.sentence())
                .startsWith("By their names (labels.txt), the 3 classes of the pictures are a part");
        assertThat(match(10, confused).outputs()).as("without names").isNotEqualTo(classes.outputs());
    }

    @Test
    void theSameNamesInTheSameOrderNeedNoOutputsWhateverTheAnswersAre() {
        ClassMatch classes = match(3, (label, k) -> k % 3, names("ant", "bee", "cow"));
        assertThat(classes.relation()).isEqualTo(ClassMatch.SAME);
        assertThat(classes.outputs()).isEmpty();
        assertThat(match(3, (label, k) -> k % 3, names("cow", "ant", "bee")).outputs())
                .containsExactly(1, 2, 0);
    }

    @Test
    void namesThatTheAnswersContradictAreNotBelieved() {
        ClassMatch exchanged = match(5, (label, k) -> label, names("bee", "ant", "cow", "dog", "eel"));
        assertThat(exchanged.outputs()).containsExactly(0, 1, 2);
        assertThat(exchanged.sentence()).endsWith("say otherwise, but the answers contradict them.");
        ClassMatch elsewhere =
                match(9, (label, k) -> label + 6, names("ant", "bee", "cow", "d", "e", "f", "g", "h", "i"));
        assertThat(elsewhere.outputs()).containsExactly(6, 7, 8);
    }

    /** The network takes three classes for others, and of these it has as many right in the order of the names. */
    @Test
    void anotherOrderThatIsHardlyRightMoreOftenInAllDoesNotContradictNames() {
        int[][] counts = {{0, 0, 20, 0}, {0, 4, 0, 16}, {0, 8, 12, 0}, {0, 0, 8, 12}};
        IntStream.Builder labels = IntStream.builder();
        IntStream.Builder answers = IntStream.builder();
        for (int label = 0; label < counts.length; label++) {
            for (int answer = 0; answer < counts.length; answer++) {
                for (int i = 0; i < counts[label][answer]; i++) {
                    labels.add(label);
                    answers.add(answer);
                }
            }
        }
        ClassAssignment found =
                ClassAssignment.of(labels.build().toArray(), answers.build().toArray(), counts.length);
        assertThat(found.permutation(new int[] {0, 1, 2, 3})).hasSize(3);
        assertThat(found.contradicts(new int[] {0, 1, 2, 3})).isFalse();
    }

    @Test
    void theAnswersTellWhatMostNamesDoNot() {
        OutputNames known = names("dog", "bee", "cow", "emmet", "eel");
        ClassMatch classes = match(5, (label, k) -> label == 0 ? 3 : label, known);
        assertThat(classes.outputs()).containsExactly(3, 1, 2);
        assertThat(classes.matches().get(0).meaning()).isEqualTo("emmet");
        OutputNames one = names("dog", "x", "bee", "emmet", "eel"); // one of three may be named by chance
        assertThat(match(5, (label, k) -> 2 * label, one).outputs()).containsExactly(0, 2, 4);
    }

    @Test
    void aReadingWithManyDoubtsShowsItsBestSide() {
        ClassMatch classes = match(9, (label, k) -> label == 2 || k < 10 ? label : 5);
        assertThat(classes.doubtful()).containsExactly(0, 1);
        assertThat(classes.isDoubtful()).isTrue();
        assertThat(classes.right()).isLessThanOrEqualTo(classes.best());
        assertThat(classes.doubt()).startsWith("For 2 of 3 classes, neither names nor the network's answers tell");
    }
}
