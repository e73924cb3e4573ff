package io.github.afterimage.serve.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.serve.protocol.RequestFailure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class HeapBudgetTest {
    private final HeapBudget budget = new HeapBudget(100, 50, Duration.ofMinutes(1));

    private static int status(CompletableFuture<Void> refused) {
        return refused.<Integer>handle(
                        (held, failure) -> RequestFailure.of(failure).status())
                .join();
    }

    @Test
    void holdsWhatFitsAndLetsTheRestWaitUntilItDoes() {
        HeapBudget.Share first = budget.open(new Object());
        HeapBudget.Share second = budget.open(new Object());
        assertThat(first.hold(70)).isCompleted();
        CompletableFuture<Void> waits = second.hold(40);
        assertThat(waits).isNotDone();
        assertThat(budget.held()).isEqualTo(70);
        assertThat(first.hold(60)).as("less").isCompleted();
        assertThat(waits).isCompleted();
        assertThat(budget.held()).isEqualTo(100);
        first.close();
        first.close();
        second.close();
        assertThat(budget.held()).isZero();
    }

    @Test
    void workThatHasBegunGoesBeforeWorkThatHasNot() {
        HeapBudget.Share other = budget.open(new Object());
        HeapBudget.Share begun = budget.open(new Object());
        assertThat(other.hold(60)).isCompleted();
        assertThat(begun.hold(20)).isCompleted();
        CompletableFuture<Void> fresh = budget.open(new Object()).hold(90);
        CompletableFuture<Void> behind = budget.open(new Object()).hold(2);
        assertThat(behind).as("does not overtake").isNotDone();
        CompletableFuture<Void> more = begun.hold(80);
        other.close();
        assertThat(more).isCompleted();
        assertThat(fresh).isNotDone();
        begun.close();
        assertThat(fresh).isCompleted();
        assertThat(behind).isCompleted();
    }

    @Test
    void smallRequestsDoNotWaitBehindGreatOnes() {
        assertThat(budget.open(new Object()).hold(100)).isCompleted();
        assertThat(budget.open(new Object()).hold(50)).isNotDone();
        for (int i = 0; i < 12; i++) {
            assertThat(budget.open(new Object()).hold(1)).isCompleted();
        }
        assertThat(budget.open(new Object()).hold(1))
                .as("beyond the eighth that is theirs")
                .isNotDone();
    }

    @Test
    void workThatWaitsTooLongIsRefusedAndThoseBehindItGoOn() {
        HeapBudget hasty = new HeapBudget(100, 50, Duration.ofMillis(1));
        HeapBudget.Share first = hasty.open(new Object());
        assertThat(first.hold(60)).isCompleted();
        CompletableFuture<Void> late = hasty.open(new Object()).hold(50);
        assertThatThrownBy(late::join)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("in use: send the request again later");
        assertThat(status(late)).isEqualTo(503);
        assertThat(hasty.open(new Object()).hold(40)).isCompleted();
    }

    @Test
    void workThatNeverFitsIsRefusedAtOnce() {
        assertThat(status(budget.open(new Object()).hold(101))).isEqualTo(413);
        assertThat(status(budget.open(new Object()).hold(new Cost(60, 51, "ask for fewer rows"))))
                .isEqualTo(413);
        assertThatThrownBy(() -> budget.open(new Object())
                        .hold(new Cost(60, 51, "ask for fewer rows"))
                        .join())
                .hasMessageContaining("the answer may take 51 bytes: expected at most 50; ask for fewer rows");
        assertThat(budget.held()).isZero();
    }

    @Test
    void aClosedShareHoldsNothing() {
        HeapBudget.Share first = budget.open(new Object());
        HeapBudget.Share second = budget.open(new Object());
        assertThat(first.hold(100)).isCompleted();
        CompletableFuture<Void> waits = second.hold(10);
        second.close();
        first.close();
        assertThat(waits).isCompleted();
        assertThat(budget.held()).isZero();
    }

    @Test
    void theRequestsOfOneConnectionHoldAQuarterTogetherAndOthersPassThem() {
        HeapBudget.Share first = budget.open("one");
        HeapBudget.Share second = budget.open("one");
        assertThat(first.hold(20)).isCompleted();
        CompletableFuture<Void> waits = second.hold(10);
        assertThat(waits).isNotDone();
        assertThat(budget.isShort()).as("others do not wait").isFalse();
        HeapBudget.Share other = budget.open("other");
        assertThat(other.hold(80)).isCompleted();
        CompletableFuture<Void> fromElsewhere = budget.open("third").hold(60);
        assertThat(budget.isShort()).isTrue();
        other.close();
        assertThat(fromElsewhere).isCompleted();
        first.answered(5);
        assertThat(waits).isCompleted();
        assertThat(budget.held()).isEqualTo(75);
    }

    @Test
    void aBudgetThatRefusesAndAnswersNothingIsStarved() throws Exception {
        HeapBudget hasty = new HeapBudget(100, 50, Duration.ofMillis(300));
        HeapBudget.Share first = hasty.open("one");
        assertThat(first.hold(100)).isCompleted();
        assertThat(status(hasty.open("other").hold(50))).isEqualTo(503);
        assertThat(hasty.starved().orElseThrow()).contains("no request has been answered for", "100 bytes, is in use");
        first.answered(0);
        assertThat(hasty.starved()).isEmpty();
    }
}
