package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GlobTest {
    /** A regular expression, which tries again and again. */
    private static boolean expected(String pattern, String name) {
        StringBuilder regex = new StringBuilder();
        pattern.codePoints()
                .mapToObj(Character::toString)
                .map(letter -> letter.equals("*") ? ".*" : letter.equals("?") ? "." : Pattern.quote(letter))
                .forEach(regex::append);
        return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(name).matches();
    }

    private static boolean matches(String pattern, String name) {
        return KeySelection.names(List.of(pattern)).test(name);
    }

    private static String random(Random random, String letters, int most) {
        int[] points = letters.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }

    @Test
    void matchesAsTheSameRegularExpressionDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int matches = 0;
        for (int i = 0; i < 100_000; i++) {
            String pattern = random(random, "ab*?\uD83D\uDC26", 8);
            String name = random(random, "abc\uD83D\uDC26", 8);
            if (pattern.isEmpty()) {
                continue; // refused
            }
            boolean found = matches(pattern, name);
            assertThat(found).as("%s %s, seed %d", pattern, name, seed).isEqualTo(expected(pattern, name));
            matches += found ? 1 : 0;
        }
        assertThat(matches).isGreaterThan(1_000);
    }

    @Test
    void matchesPatternsOfManyWords() {
        for (int length : new int[] {62, 63, 64, 65, 127, 128, 129, 1000}) {
            String name = "ab".repeat(length).substring(0, length);
            assertThat(matches(name, name)).isTrue();
            assertThat(matches("?".repeat(length), name)).isTrue();
            assertThat(matches("?".repeat(length + 1), name)).isFalse();
            assertThat(matches("*" + name + "*", "x" + name + "y")).isTrue();
            assertThat(matches(name.replace("a", "a*"), name.replace("a", "axx")))
                    .isTrue();
            assertThat(matches(name.replace("a", "a*") + "z", name)).isFalse();
        }
    }

    @Test
    @Timeout(30)
    void noPatternTakesLong() {
        Predicate<String> glob = KeySelection.names(List.of("*?*?*?*?*?*?*?~"));
        for (int i = 0; i < 10_000; i++) {
            assertThat(glob.test("a".repeat(100))).isFalse();
        }
    }
}
