package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.ClassMatch.Match;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Rival;
import io.github.afterimage.experiments.trial.TrialVerdict.Word;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrialVerdictTest {
    private static final Gain NONE = new Gain(0, 0, 1000);

    private static TrialVerdict verdict(long network, long corrected, long broken) {
        return TrialVerdict.of(
                accuracy(
                        1000, new Rival(Rival.PLAIN, Errors.of(network, 1000), new Gain(corrected, broken, 1000), 0.0)),
                0.1);
    }

    /** The answers of a network, the plain one first, beside which both together have what the gain over that one says. */
    private static Accuracy accuracy(long of, Rival... rivals) {
        Errors both = rivals.length == 0
                ? Errors.of(of / 5, of)
                : Errors.of(
                        rivals[0].errors().wrong()
                                - rivals[0].gain().corrected()
                                + rivals[0].gain().broken(),
                        of);
        return new Accuracy(
                of,
                of,
                List.of(rivals),
                new Rival(Rival.MEMORY, Errors.of(of / 5, of), NONE, 0.0),
                new Rival(Rival.PROBE, Errors.of(of / 20, of), NONE, 0.0),
                new Rival(Rival.TOGETHER, both, NONE, 0.0),
                1);
    }

    @Test
    void aGainOfTheMirroredPictureIsNotTheMemorysUnlessSomeIsLeft() {
        Rival plain = new Rival(Rival.PLAIN, Errors.of(100, 1000), new Gain(40, 10, 1000), 0.0);
        Rival mirrored = new Rival(Rival.TWO_VIEWS, Errors.of(76, 1000), new Gain(16, 10, 1000), 0.0);
        Rival calibrated = new Rival(Rival.CALIBRATED, Errors.of(70, 1000), new Gain(10, 10, 1000), 0.0);
        TrialVerdict verdict = TrialVerdict.of(accuracy(1000, plain, mirrored), 0.1);
        assertThat(verdict.word()).isEqualTo(Word.WITHIN_CHANCE);
        assertThat(verdict.sentence())
                .startsWith("A part of the gain is the mirrored picture's; the rest may be chance. ")
                .contains("76 errors of the network with two views become 70")
                .endsWith("more test pictures would tell.");
        assertThat(TrialVerdict.of(accuracy(1000, plain, mirrored, calibrated), 0.1)
                        .sentence())
                .startsWith("The gain is that of a temperature and class shares, not the memory's. ")
                .contains("70 errors of the calibrated network become 70");
    }

    @Test
    void aMemoryHurtsOnlyWhereThePlainNetworkIsClearlyBetterToo() {
        Rival plain = new Rival(Rival.PLAIN, Errors.of(100, 1000), new Gain(30, 40, 1000), 0.0);
        Rival mirrored = new Rival(Rival.TWO_VIEWS, Errors.of(70, 1000), new Gain(10, 50, 1000), 0.0);
        Accuracy better = accuracy(1000, plain, mirrored);
        assertThat(better.hurts()).isFalse();
        assertThat(TrialVerdict.of(better, 0.1).sentence())
                .startsWith("Do not bother, because the network with two views is clearly better: 70 errors of");
        Accuracy hurt =
                accuracy(1000, new Rival(Rival.PLAIN, Errors.of(100, 1000), new Gain(10, 50, 1000), 0.0), mirrored);
        assertThat(hurt.hurts()).isTrue();
        assertThat(TrialVerdict.of(hurt, 0.1).sentence()).startsWith("Do not bother, because it hurts: 70 errors of");
    }

    @Test
    void aGainIsThatOverTheBestAnswerOfTheNetwork() {
        Rival plain = new Rival(Rival.PLAIN, Errors.of(100, 1000), new Gain(60, 10, 1000), 0.0);
        Rival mirrored = new Rival(Rival.TWO_VIEWS, Errors.of(80, 1000), new Gain(40, 10, 1000), 0.0);
        TrialVerdict verdict = TrialVerdict.of(accuracy(1000, plain, mirrored), 0.1);
        assertThat(verdict.word()).isEqualTo(Word.HELPS);
        assertThat(verdict.sentence()).startsWith("It helps: 80 errors of the network with two views become 50");
    }

    @Test
    void aClearGainHelpsBySoMuch() {
        TrialVerdict verdict = verdict(100, 40, 10);
        assertThat(verdict.word()).isEqualTo(Word.HELPS);
        assertThat(verdict.sentence())
                .startsWith("It helps: 100 errors of the network become 70 (10.00 % becomes 7.00 %)")
                .contains("corrects 40 and breaks 10")
                .endsWith("fewer errors (95 % interval).");
    }

    @Test
    void aSmallGainIsWithinChance() {
        TrialVerdict verdict = verdict(100, 12, 8);
        assertThat(verdict.word()).isEqualTo(Word.WITHIN_CHANCE);
        assertThat(verdict.sentence()).startsWith("The gain is within chance: ");
    }

    @Test
    void nothingToGainIsSaidWithItsReason() {
        assertThat(verdict(0, 0, 0).sentence())
                .startsWith("Do not bother, because the network has all 1,000 test pictures right");
        assertThat(verdict(100, 5, 40).sentence()).startsWith("Do not bother, because it hurts: ");
        assertThat(verdict(100, 5, 40).word()).isEqualTo(Word.DO_NOT_BOTHER);
        Accuracy same = accuracy(1000, new Rival(Rival.PLAIN, Errors.of(90, 1000), NONE, 0.0));
        assertThat(TrialVerdict.of(same, 0.1).sentence())
                .isEqualTo(
                        "Do not bother, because the memory changes next to nothing: 90 errors of the network become 90 (9.00 %"
                                + " becomes 9.00 %): of 1,000 test pictures the memory corrects 0 and breaks 0, McNemar's p 1.000."
                                + " The memory is unlikely to avoid more than 3 of 90 errors (95 % interval).");
    }

    @Test
    void whatChangesNextToNothingIsNotWorthTheBother() {
        TrialVerdict verdict = verdict(400, 6, 5);
        assertThat(verdict.word()).isEqualTo(Word.DO_NOT_BOTHER);
        assertThat(verdict.sentence())
                .startsWith(
                        "Do not bother, because the memory changes next to nothing: 400 errors of the network become 399")
                .endsWith("The memory is unlikely to avoid more than 7 of 400 errors (95 % interval).");
        assertThat(verdict(100, 6, 5).word()).isEqualTo(Word.WITHIN_CHANCE);
    }

    @Test
    void tooFewPicturesAreSaidAsSuchWithTheNumberThatWouldTell() {
        Accuracy unchanged = accuracy(120, new Rival(Rival.PLAIN, Errors.of(4, 120), new Gain(0, 0, 120), 0.0));
        TrialVerdict none = TrialVerdict.of(unchanged, 0.1);
        assertThat(none.word()).isEqualTo(Word.TOO_FEW);
        assertThat(none.sentence())
                .startsWith("Too few pictures to tell: 4 errors of the network become 4")
                .endsWith("About 2,200 more test pictures would rule out a gain that is worth having, "
                        + "if the shares stay as they are.");
        assertThat(verdict(20, 4, 1).sentence())
                .startsWith("Too few pictures to tell: ")
                .contains("About 2,200 more test pictures would tell.");
        assertThat(verdict(100, 12, 8).sentence()).endsWith("About 4,100 more test pictures would tell.");
        assertThat(verdict(100, 12, 8).under("A doubt.").more())
                .isEqualTo("About 4,100 more test pictures would tell.");
        assertThat(verdict(100, 40, 10).more()).isEmpty();
    }

    /** So many groups of so many answers each: the memory corrects all of some groups and breaks all of others. */
    private static Accuracy groups(int corrected, int broken, int same, int size, double share) {
        return Accuracy.of(division(corrected, broken, same, size).answers(), share);
    }

    private static TestedDivision division(int corrected, int broken, int same, int size) {
        List<TestedAnswer> answers = new ArrayList<>();
        for (int group = 0; group < corrected + broken + same; group++) {
            boolean wrong = group < corrected;
            boolean breaks = group >= corrected && group < corrected + broken;
            for (int i = 0; i < size; i++) {
                int network = wrong ? 1 : 0;
                Prediction prediction = new Prediction(
                        answers.size(),
                        0,
                        network,
                        network,
                        breaks ? 1 : 0,
                        0,
                        new Prediction.TrueClass(0, 0, 0, 0),
                        new Prediction.Doubts(0, 0));
                answers.add(new TestedAnswer(prediction, network, 0, 0, group));
            }
        }
        return new TestedDivision(answers, SharedParts.NONE);
    }

    private static Rival network(Accuracy accuracy) {
        return accuracy.rival(Rival.PLAIN);
    }

    @Test
    void answersThatDependOnEachOtherCountLessInThePValueAndTheIntervals() {
        Accuracy alone = groups(40, 20, 440, 1, 1);
        Accuracy halves = groups(40, 20, 440, 1, 0.5);
        assertThat(TrialVerdict.of(alone, 0.1).word()).isEqualTo(Word.HELPS);
        TrialVerdict verdict = TrialVerdict.of(halves, 0.1);
        assertThat(verdict.word()).isEqualTo(Word.WITHIN_CHANCE);
        assertThat(verdict.sentence()).contains("corrects 40 and breaks 20, McNemar's p 0.081");
        assertThat(network(halves).errors().interval())
                .isEqualTo(Errors.of(20, 250).interval());
    }

    @Test
    void groupsCountAndNotTheirPictures() {
        Accuracy frames = groups(5, 1, 44, 10, 1);
        Accuracy pictures = groups(5, 1, 44, 1, 1);
        assertThat(frames.groups()).isEqualTo(50);
        assertThat(network(frames).errors().interval())
                .isEqualTo(Errors.of(5, 50).interval());
        assertThat(network(frames).gain().p()).isCloseTo(Gain.p(5, 1), within(1e-12));
        assertThat(TrialVerdict.of(frames, 0.1).sentence())
                .contains("corrects 50 and breaks 10, p of an exact test of 50 groups 0.219")
                .endsWith(" more test groups of pictures would tell.");
        assertThat(network(groups(50, 10, 440, 1, 1)).gain().isClear()).isTrue();
        assertThat(network(pictures).gain().isClear()).isFalse();
    }

    @Test
    void aGainIsDoubtedWhereRelatedPicturesCannotBeTold() {
        TrialVerdict helps = verdict(100, 40, 10).ifAnyGain("They share a camera.");
        assertThat(helps.word()).isEqualTo(Word.DOUBTFUL);
        assertThat(helps.sentence()).startsWith("They share a camera. Measured in spite of that, it helps: ");
        TrialVerdict hurts = verdict(100, 10, 40);
        assertThat(hurts.ifAnyGain("They share a camera.")).isEqualTo(hurts);
    }

    @Test
    void aFallOfNearlyAllErrorsInClassesThatTheNetworkKnowsIsADoubt() {
        assertThat(Shortcut.fall(List.of(division(20, 0, 30, 1))))
                .startsWith("Of 20 errors of the network in the classes that it has mostly right, 0 are left. ")
                .contains("--group");
        assertThat(Shortcut.fall(List.of(division(19, 0, 30, 1)))).isEmpty();
        assertThat(Shortcut.fall(List.of(division(20, 3, 30, 1)))).isEmpty();
        assertThat(Shortcut.fall(List.of(division(40, 0, 30, 1)))).isEmpty();
        assertThat(Shortcut.fall(corrected(30, 0))).isEmpty();
    }

    @Test
    void aDoubtComesBeforeTheGainThatItQuestions() {
        TrialVerdict verdict = verdict(100, 40, 10).under("The preprocessing is probably wrong: leave it out.");
        assertThat(verdict.word()).isEqualTo(Word.DOUBTFUL);
        assertThat(verdict.sentence())
                .startsWith(
                        "The preprocessing is probably wrong: leave it out. Measured in spite of that, it helps: 100 errors");
        assertThat(verdict(100, 40, 10).under("")).isEqualTo(verdict(100, 40, 10));
    }

    @Test
    void aGainCountsWithoutTheClassesWhoseMatchIsDoubtful() {
        TrialVerdict helps = verdict(100, 40, 10);
        ClassMatch classes = classes(1);
        assertThat(helps.without(classes, corrected(30, 0)).sentence())
                .startsWith("It helps: ")
                .endsWith("Without the classes whose match is doubtful (1 of 2), the memory corrects 30 and breaks 0.");
        TrialVerdict doubtful = helps.without(classes, corrected(30, 1));
        assertThat(doubtful.word()).isEqualTo(Word.DOUBTFUL);
        assertThat(doubtful.sentence())
                .startsWith(
                        "The match of some classes (1 of 2) is doubtful, and the others show no clear gain: correct outputs.txt")
                .contains("Measured in spite of that, it helps: ");
        assertThat(verdict(100, 12, 8).without(classes, List.of()).word()).isEqualTo(Word.WITHIN_CHANCE);
    }

    /** So many answers to pictures of a class that only the mixture has right. */
    private static List<TestedDivision> corrected(int count, int label) {
        return List.of(new TestedDivision(
                IntStream.range(0, count)
                        .mapToObj(i -> new TestedAnswer(
                                new Prediction(
                                        i,
                                        label,
                                        1 - label,
                                        1 - label,
                                        label,
                                        label,
                                        new Prediction.TrueClass(1, 1, 1, 1),
                                        new Prediction.Doubts(0, 0)),
                                1 - label,
                                1,
                                label,
                                i))
                        .toList(),
                SharedParts.NONE));
    }

    @Test
    void aMemoryAloneIsComparedWithTheLargestClass() {
        Accuracy useful = accuracy(200);
        assertThat(TrialVerdict.of(useful, 0.5).sentence())
                .startsWith("It helps where the network cannot answer: the memory alone has 20.00 % errors")
                .endsWith("would have 50.00 %.");
        assertThat(TrialVerdict.of(useful, 0.8).word()).isEqualTo(Word.DO_NOT_BOTHER);
        assertThat(TrialVerdict.of(useful, 0.78).word()).isEqualTo(Word.WITHIN_CHANCE);
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
        TrialVerdict verdict = verdict(100, 40, 10).without(classes(2), corrected(30, 0));
        assertThat(verdict.word()).isEqualTo(Word.DOUBTFUL);
        assertThat(verdict.sentence())
                .startsWith(
                        "For 2 of 2 classes, neither names nor the network's answers tell which of its outputs is meant:"
                                + " \"ant\" (output 4 for 18), \"bee\" (output 7 for 6). Of a sample, it has 60.0 % right as the"
                                + " classes were matched, and 70.0 % if each of these had the best of the outputs that it may have.")
                .contains("put labels.txt", "Measured in spite of that, it helps: 100 errors");
    }
}
