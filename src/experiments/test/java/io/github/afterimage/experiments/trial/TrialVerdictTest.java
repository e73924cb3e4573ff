package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Pool;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.ClassMatch.Match;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Verdict;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrialVerdictTest {
    private static TrialVerdict verdict(long network, long corrected, long broken, @Nullable Gain overProbe) {
        long of = 1000;
        Accuracy accuracy = new Accuracy(
                of,
                of,
                Errors.of(network, of),
                Errors.of(200, of),
                Errors.of(network, of),
                Errors.of(network - corrected + broken, of),
                overProbe == null ? null : Errors.of(50, of),
                new Gain(corrected, broken, of),
                overProbe,
                1);
        return TrialVerdict.of(accuracy, 0.1);
    }

    @Test
    void aClearGainHelpsBySoMuch() {
        TrialVerdict verdict = verdict(100, 40, 10, null);
        assertThat(verdict.verdict()).isEqualTo(Verdict.HELPS);
        assertThat(verdict.sentence())
                .startsWith("It helps: 100 errors of the network become 70 (10.00 % becomes 7.00 %)")
                .contains("corrects 40 and breaks 10")
                .endsWith("fewer errors (95 % interval).");
    }

    @Test
    void aSmallGainIsWithinChance() {
        TrialVerdict verdict = verdict(100, 12, 8, null);
        assertThat(verdict.verdict()).isEqualTo(Verdict.WITHIN_CHANCE);
        assertThat(verdict.sentence()).startsWith("The gain is within chance: ");
    }

    @Test
    void nothingToGainIsSaidWithItsReason() {
        assertThat(verdict(0, 0, 0, null).sentence())
                .startsWith("Do not bother, because the network has all 1,000 test pictures right");
        assertThat(verdict(100, 5, 40, null).sentence()).startsWith("Do not bother, because it hurts: ");
        assertThat(verdict(100, 5, 40, null).verdict()).isEqualTo(Verdict.DO_NOT_BOTHER);
        Accuracy same = new Accuracy(
                1000,
                1000,
                Errors.of(90, 1000),
                Errors.of(200, 1000),
                Errors.of(90, 1000),
                Errors.of(90, 1000),
                null,
                new Gain(0, 0, 1000),
                null,
                1);
        assertThat(TrialVerdict.of(same, 0.1).sentence())
                .isEqualTo(
                        "Do not bother, because the memory changes next to nothing: 90 errors of the network become 90 (9.00 %"
                                + " becomes 9.00 %): of 1,000 test pictures the memory corrects 0 and breaks 0, McNemar's p 1.000."
                                + " The memory is unlikely to avoid more than 3 of 90 errors (95 % interval).");
    }

    @Test
    void whatChangesNextToNothingIsNotWorthTheBother() {
        TrialVerdict verdict = verdict(400, 6, 5, null);
        assertThat(verdict.verdict()).isEqualTo(Verdict.DO_NOT_BOTHER);
        assertThat(verdict.sentence())
                .startsWith(
                        "Do not bother, because the memory changes next to nothing: 400 errors of the network become 399")
                .endsWith("The memory is unlikely to avoid more than 7 of 400 errors (95 % interval).");
        assertThat(verdict(100, 6, 5, null).verdict()).isEqualTo(Verdict.WITHIN_CHANCE);
    }

    @Test
    void tooFewPicturesAreSaidAsSuchWithTheNumberThatWouldTell() {
        Accuracy unchanged = new Accuracy(
                120,
                120,
                Errors.of(4, 120),
                Errors.of(30, 120),
                Errors.of(4, 120),
                Errors.of(4, 120),
                null,
                new Gain(0, 0, 120),
                null,
                1);
        TrialVerdict none = TrialVerdict.of(unchanged, 0.1);
        assertThat(none.verdict()).isEqualTo(Verdict.TOO_FEW);
        assertThat(none.sentence())
                .startsWith("Too few pictures to tell: 4 errors of the network become 4")
                .endsWith("About 2,200 more test pictures would rule out a gain that is worth having, "
                        + "if the shares stay as they are.");
        assertThat(verdict(20, 4, 1, null).sentence())
                .startsWith("Too few pictures to tell: ")
                .contains("About 2,200 more test pictures would tell.");
        assertThat(verdict(100, 12, 8, null).sentence()).endsWith("About 4,100 more test pictures would tell.");
    }

    /** So many groups of so many answers each: the memory corrects all of some groups and breaks all of others. */
    private static Accuracy groups(int corrected, int broken, int same, int size, double share) {
        List<Prediction> predictions = new ArrayList<>();
        List<Integer> groups = new ArrayList<>();
        for (int group = 0; group < corrected + broken + same; group++) {
            boolean wrong = group < corrected;
            boolean breaks = group >= corrected && group < corrected + broken;
            for (int i = 0; i < size; i++) {
                predictions.add(new Prediction(
                        predictions.size(),
                        0,
                        wrong ? 1 : 0,
                        wrong ? 1 : 0,
                        breaks ? 1 : 0,
                        0,
                        new Prediction.TrueClass(0, 0, 0, 0),
                        true));
                groups.add(group);
            }
        }
        return Accuracy.of(predictions, null, groups.stream().mapToInt(i -> i).toArray(), share);
    }

    @Test
    void answersThatDependOnEachOtherCountLessInThePValueAndTheIntervals() {
        Accuracy alone = groups(40, 20, 440, 1, 1);
        Accuracy halves = groups(40, 20, 440, 1, 0.5);
        assertThat(TrialVerdict.of(alone, 0.1).verdict()).isEqualTo(Verdict.HELPS);
        TrialVerdict verdict = TrialVerdict.of(halves, 0.1);
        assertThat(verdict.verdict()).isEqualTo(Verdict.WITHIN_CHANCE);
        assertThat(verdict.sentence()).contains("corrects 40 and breaks 20, McNemar's p 0.099");
        assertThat(halves.network()).isNotNull();
        assertThat(halves.network().interval()).isEqualTo(Errors.of(20, 250).interval());
    }

    @Test
    void groupsCountAndNotTheirPictures() {
        Accuracy frames = groups(5, 1, 44, 10, 1);
        Accuracy pictures = groups(5, 1, 44, 1, 1);
        assertThat(frames.groups()).isEqualTo(50);
        assertThat(frames.network()).isNotNull();
        assertThat(frames.network().interval()).isEqualTo(Errors.of(5, 50).interval());
        assertThat(frames.overNetwork()).isNotNull();
        assertThat(frames.overNetwork().p()).isCloseTo(Gain.p(5, 1), within(1e-12));
        assertThat(TrialVerdict.of(frames, 0.1).sentence())
                .contains("corrects 50 and breaks 10, p of an exact test of 50 groups 0.219")
                .endsWith(" more test groups of pictures would tell.");
        assertThat(groups(50, 10, 440, 1, 1).overNetwork().isClear()).isTrue();
        assertThat(pictures.overNetwork().isClear()).isFalse();
    }

    @Test
    void aGainIsDoubtedWhereRelatedPicturesCannotBeTold() {
        TrialVerdict helps = verdict(100, 40, 10, null).ifAnyGain("They share a camera.");
        assertThat(helps.verdict()).isEqualTo(Verdict.DOUBTFUL);
        assertThat(helps.sentence()).startsWith("They share a camera. Measured in spite of that, it helps: ");
        TrialVerdict hurts = verdict(100, 10, 40, null);
        assertThat(hurts.ifAnyGain("They share a camera.")).isEqualTo(hurts);
    }

    @Test
    void aDoubtComesBeforeTheGainThatItQuestions() {
        TrialVerdict verdict = verdict(100, 40, 10, null).under("The preprocessing is probably wrong: leave it out.");
        assertThat(verdict.verdict()).isEqualTo(Verdict.DOUBTFUL);
        assertThat(verdict.sentence())
                .startsWith(
                        "The preprocessing is probably wrong: leave it out. Measured in spite of that, it helps: 100 errors");
        assertThat(verdict(100, 40, 10, null).under("")).isEqualTo(verdict(100, 40, 10, null));
    }

    @Test
    void aGainCountsWithoutTheClassesWhoseMatchIsDoubtful() {
        TrialVerdict helps = verdict(100, 40, 10, null);
        ClassMatch classes = classes(1);
        assertThat(helps.without(classes, corrected(30, 0)).sentence())
                .startsWith("It helps: ")
                .endsWith("Without the classes whose match is doubtful (1 of 2), the memory corrects 30 and breaks 0.");
        TrialVerdict doubtful = helps.without(classes, corrected(30, 1));
        assertThat(doubtful.verdict()).isEqualTo(Verdict.DOUBTFUL);
        assertThat(doubtful.sentence())
                .startsWith(
                        "The match of some classes (1 of 2) is doubtful, and the others show no clear gain: correct outputs.txt")
                .contains("Measured in spite of that, it helps: ");
        assertThat(verdict(100, 12, 8, null).without(classes, List.of()).verdict())
                .isEqualTo(Verdict.WITHIN_CHANCE);
    }

    /** So many answers to pictures of a class that only the mixture has right. */
    private static List<TestedDivision> corrected(int count, int label) {
        return List.of(new TestedDivision(
                new TunedIndex(new Pool(50, 0.5, 0.25, 0), 1, new Pool(50, 0, 0.5, 0), new Pool(50, 1, 0, 0), 40),
                1000,
                IntStream.range(0, count)
                        .mapToObj(i -> new TestedDivision.Answered(
                                new Prediction(
                                        i,
                                        label,
                                        1 - label,
                                        1 - label,
                                        label,
                                        label,
                                        new Prediction.TrueClass(1, 1, 1, 1),
                                        true),
                                label,
                                i))
                        .toList()));
    }

    @Test
    void aBetterProbeIsRecommended() {
        assertThat(verdict(100, 40, 10, new Gain(5, 25, 1000)).sentence())
                .contains(
                        "A linear probe of the same keys",
                        "has 5.00 % errors, clearly fewer than both together",
                        "take it.");
        assertThat(verdict(100, 40, 10, new Gain(25, 5, 1000)).sentence()).contains("clearly more than both together");
        assertThat(verdict(100, 40, 10, new Gain(5, 5, 1000)).sentence()).contains("within chance (p 1.000)");
    }

    @Test
    void aMemoryAloneIsComparedWithTheLargestClass() {
        Accuracy useful =
                new Accuracy(200, 200, null, Errors.of(40, 200), null, Errors.of(40, 200), null, null, null, 1);
        assertThat(TrialVerdict.of(useful, 0.5).sentence())
                .startsWith("It helps where the network cannot answer: the memory alone has 20.00 % errors")
                .endsWith("would have 50.00 %.");
        assertThat(TrialVerdict.of(useful, 0.8).verdict()).isEqualTo(Verdict.DO_NOT_BOTHER);
        assertThat(TrialVerdict.of(useful, 0.78).verdict()).isEqualTo(Verdict.WITHIN_CHANCE);
    }

    /** Two classes, of which the last ones are doubtful. */
    private static ClassMatch classes(int doubtful) {
        return new ClassMatch(
                2,
                9,
                ClassMatch.PART,
                List.of(
                        new Match("ant", 4, "", 18, 20, doubtful == 2, "output 4 for 18"),
                        new Match("bee", 7, "", 6, 20, true, "output 7 for 6")),
                0.6,
                0.7,
                "");
    }

    @Test
    void aMatchThatIsDoubtfulForManyClassesComesBeforeEveryGain() {
        TrialVerdict verdict = verdict(100, 40, 10, null).without(classes(2), corrected(30, 0));
        assertThat(verdict.verdict()).isEqualTo(Verdict.DOUBTFUL);
        assertThat(verdict.sentence())
                .startsWith(
                        "For 2 of 2 classes, neither names nor the network's answers tell which of its outputs is meant:"
                                + " \"ant\" (output 4 for 18), \"bee\" (output 7 for 6). Of a sample, it has 60.0 % right as the"
                                + " classes were matched, and 70.0 % if each of these had the best of the outputs that it may have.")
                .contains("put labels.txt", "Measured in spite of that, it helps: 100 errors");
    }
}
