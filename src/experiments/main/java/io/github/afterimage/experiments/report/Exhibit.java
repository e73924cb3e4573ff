package io.github.afterimage.experiments.report;

import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A decision as HTML, in the words of the server's page: the answers of the voices, and the pictures that decided. */
record Exhibit(Decision decision) {
    private static final int LONGEST_NAME = 36;

    String html() {
        return Markup.format(
                """
                <section class="decision">
                <h3>%s</h3>
                <div class="case">
                %s
                <div>
                <p class="verdict">%s <strong>%s</strong>, %s</p>
                %s%s</div>
                </div>
                %s</section>
                """,
                Markup.escape(decision.name()),
                picture(decision.picture(), "subject", decision.name()),
                decision.hasNetwork() ? "Together they say" : "The memory says",
                Markup.escape(best().name()),
                Markup.percent(best().together()),
                sentences(),
                table(),
                neighbors());
    }

    private Decision.Candidate best() {
        return Decision.favourite(decision.candidates(), Decision.Candidate::together);
    }

    private String sentences() {
        return paragraph("outcome", outcome(decision.trueClass()))
                + (decision.hasNetwork() ? paragraph("quiet", voices()) : "");
    }

    /** Says whether the answer is right, and what the memory has to do with it. */
    private String outcome(String trueClass) {
        boolean right = best().name().equals(trueClass);
        if (!decision.hasNetwork()) {
            return (right ? "Right: " : "Wrong: ") + "its label is " + trueClass + ".";
        }
        boolean networkRight = network().name().equals(trueClass);
        String verdict = right == networkRight
                ? right ? "Right" : "Wrong, with the memory and without it"
                : right ? "Corrected by the memory" : "Broken by the memory";
        return verdict + ": its label is " + trueClass + ".";
    }

    private Decision.Candidate network() {
        return Decision.favourite(decision.candidates(), Decision.Candidate::network);
    }

    private String voices() {
        Decision.Candidate network = network();
        Decision.Candidate memory = Decision.favourite(decision.candidates(), Decision.Candidate::memory);
        String networkSays = Markup.percent(network.network());
        String memorySays = Markup.percent(memory.memory());
        if (!network.equals(memory)) {
            return "The network alone says " + network.name() + " (" + networkSays + "), the memory " + memory.name()
                    + " (" + memorySays + ").";
        }
        return network.equals(best())
                ? "The network alone says the same (" + networkSays + "), and so does the memory (" + memorySays + ")."
                : "The network alone says " + network.name() + " (" + networkSays + "), and so does the memory ("
                        + memorySays + ").";
    }

    private String table() {
        String voices = decision.hasNetwork()
                ? "<th scope=\"col\" class=\"network\">Network</th><th scope=\"col\" class=\"memory\">Memory</th>"
                        + "<th scope=\"col\" class=\"together\">Together</th>"
                : "<th scope=\"col\" class=\"memory\">Memory</th>";
        return "<table class=\"voices\">\n<thead><tr><th scope=\"col\">Class</th>" + voices + "</tr></thead>\n<tbody>\n"
                + decision.candidates().stream().map(this::row).collect(Collectors.joining())
                + "</tbody>\n</table>\n";
    }

    private String row(Decision.Candidate candidate) {
        String cells = (decision.hasNetwork() ? cell("network", candidate.network()) : "")
                + cell("memory", candidate.memory())
                + (decision.hasNetwork() ? cell("together", candidate.together()) : "");
        return Markup.format("<tr><th scope=\"row\">%s</th>%s</tr>\n", Markup.escape(candidate.name()), cells);
    }

    private static String cell(String voice, double value) {
        return Markup.format(
                "<td><div class=\"measure\">%s<b>%s</b></div></td>", meter(voice, value), Markup.percent(value));
    }

    private static String meter(String voice, double length) {
        return Markup.format(
                "<span class=\"meter\"><i class=\"%s\" style=\"width:%.1f%%\"></i></span>", voice, 100 * length);
    }

    private String neighbors() {
        List<Decision.Neighbor> shown = decision.neighbors().stream()
                .sorted(Comparator.comparingDouble(Decision.Neighbor::share).reversed())
                .toList();
        if (shown.isEmpty()) {
            return "";
        }
        return "<p>The most similar of " + Markup.format("%,d", decision.keys())
                + " remembered pictures. The share is the part of what the pictures of its class say:</p>\n"
                + list(shown);
    }

    static String list(List<Decision.Neighbor> pictures) {
        return pictures.stream()
                .map(Exhibit::neighbor)
                .collect(Collectors.joining("", "<ol class=\"neighbors\">\n", "</ol>\n"));
    }

    private static String neighbor(Decision.Neighbor neighbor) {
        String name = shortened(neighbor.name());
        return Markup.format(
                "<li>%s%s<b>%s</b>%s%s</li>\n",
                picture(neighbor.picture(), "copy", name),
                meter("memory", neighbor.share()),
                Markup.percent(neighbor.share()),
                Markup.escape(neighbor.className()),
                neighbor.picture() == null ? "" : "<small>" + Markup.escape(name) + "</small>");
    }

    /** Keeps the end of a long name, which tells pictures of a folder apart. */
    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : "\u2026" + name.substring(name.length() - LONGEST_NAME + 1);
    }

    private static String picture(byte @Nullable [] picture, String kind, String name) {
        if (picture == null) {
            return "<div class=\"" + kind + "\">" + Markup.escape(name) + "</div>";
        }
        boolean png = picture.length > 0 && picture[0] == (byte) 0x89;
        return Markup.format(
                "<img class=\"%s%s\" alt=\"%s\" src=\"data:image/%s;base64,%s\"/>",
                kind,
                png ? " pixels" : "", // thumbnails are PNG if they are so small that their pixels are worth seeing
                Markup.escape(name),
                png ? "png" : "jpeg",
                Base64.getEncoder().encodeToString(picture));
    }

    private static String paragraph(String kind, String text) {
        return "<p class=\"" + kind + "\">" + Markup.escape(text) + "</p>\n";
    }
}
