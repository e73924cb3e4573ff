package io.github.afterimage.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.Decision.Candidate;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecisionTest {
    private static final List<Candidate> ALL = List.of(
            new Candidate("cat", 0.6, 0.1, 0.35),
            new Candidate("dog", 0.3, 0.5, 0.4),
            new Candidate("horse", 0.05, 0.2, 0.125),
            new Candidate("ship", 0.05, 0.05, 0.05),
            new Candidate("truck", 0, 0.15, 0.075));

    private static List<String> shown(List<Candidate> all, String trueClass) {
        return Decision.shown(all, trueClass).stream().map(Candidate::name).toList();
    }

    private static String html(List<Candidate> candidates, String trueClass, List<Decision.Neighbor> neighbors) {
        return new Exhibit(new Decision("a.png", null, trueClass, candidates, neighbors, 9)).html();
    }

    @Test
    void showsTheThreeBestClassesEachVoicesFavouriteAndTheTrueOne() {
        assertThat(shown(ALL, "dog")).containsExactly("dog", "cat", "horse");
        assertThat(shown(ALL, "ship")).containsExactly("dog", "cat", "horse", "ship");
        List<Candidate> divided = List.of(
                new Candidate("a", 0.1, 0.3, 0.3),
                new Candidate("b", 0.1, 0.3, 0.29),
                new Candidate("c", 0.1, 0.3, 0.28),
                new Candidate("d", 0.5, 0, 0.07),
                new Candidate("e", 0.2, 0.4, 0.06));
        assertThat(shown(divided, "a")).containsExactly("a", "b", "c", "d", "e");
        List<Candidate> alone =
                List.of(new Candidate("a", Double.NaN, 0.2, 0.2), new Candidate("b", Double.NaN, 0.8, 0.8));
        assertThat(shown(alone, "a")).containsExactly("b", "a");
    }

    @Test
    void saysWhatTheMemoryHasToDoWithARightOrWrongAnswer() {
        assertThat(html(ALL, "dog", List.of()))
                .contains(
                        "Together they say <strong>dog</strong>, 40\u202f%",
                        "Corrected by the memory: its label is dog.")
                .contains("The network alone says cat (60\u202f%), the memory dog (50\u202f%).");
        assertThat(html(ALL, "cat", List.of())).contains("Broken by the memory: its label is cat.");
        assertThat(html(ALL, "ship", List.of())).contains("Wrong, with the memory and without it: its label is ship.");
        List<Candidate> agreed = List.of(new Candidate("cat", 0.9, 0.993, 0.9465));
        assertThat(html(agreed, "cat", List.of()))
                .contains("Right: its label is cat.")
                .contains("The network alone says the same (90\u202f%), and so does the memory (99.3\u202f%).");
    }

    @Test
    void leavesOutANetworkThatHasNoPart() {
        assertThat(html(List.of(new Candidate("cat", Double.NaN, 1, 1)), "cat", List.of()))
                .contains("The memory says <strong>cat</strong>, 100\u202f%")
                .doesNotContain("etwork", "ogether", "NaN");
    }

    @Test
    void drawsEachVoiceForAClass() {
        assertThat(html(ALL, "dog", List.of()))
                .containsSubsequence(
                        "<th scope=\"row\">dog</th>",
                        "<i class=\"network\" style=\"width:30.0%\"></i>",
                        "<i class=\"memory\" style=\"width:50.0%\"></i>",
                        "<i class=\"together\" style=\"width:40.0%\"></i>",
                        "<th scope=\"row\">horse</th>");
    }

    @Test
    void showsNeighborsTheGreatestShareFirst() {
        List<Decision.Neighbor> neighbors = List.of(
                new Decision.Neighbor(new byte[] {(byte) 0x89, 'P'}, "cat/1.png", "cat", 0.5),
                new Decision.Neighbor(
                        new byte[] {(byte) 0xff, (byte) 0xd8}, "cat/" + "x".repeat(50) + "2.jpg", "cat", 0.2),
                new Decision.Neighbor(null, "dog/3.png", "dog", 0.093));
        assertThat(html(ALL, "dog", neighbors))
                .contains("<img class=\"copy pixels\" alt=\"cat/1.png\" src=\"data:image/png;base64,iVA=\"/>")
                .contains("<img class=\"copy\" alt=\"\u2026" + "x".repeat(30)
                        + "2.jpg\" src=\"data:image/jpeg;base64,/9g=\"/>")
                .contains("<div class=\"copy\">dog/3.png</div>", "<b>9.3\u202f%</b>dog")
                .contains("The most similar of 9 remembered pictures.")
                .containsSubsequence("cat/1.png", "2.jpg", "dog/3.png");
        assertThat(html(ALL, "dog", List.of())).doesNotContain("remembered");
    }
}
