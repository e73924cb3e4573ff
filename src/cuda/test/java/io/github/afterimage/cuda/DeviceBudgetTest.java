package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.NotEnoughMemoryException;
import org.junit.jupiter.api.Test;

class DeviceBudgetTest {
    @Test
    void keysLeaveRoomForWorkspaces() {
        DeviceBudget budget = new DeviceBudget(80L << 30);
        long keys = (80L << 30) - 4 * (DeviceBudget.QUERY_BYTES + (320L << 20));
        assertThat(budget.tryKeys(keys, Long.MAX_VALUE)).isTrue();
        assertThat(budget.tryKeys(1, Long.MAX_VALUE)).isFalse();
        budget.takeWorkspace((80L << 30) - keys);
        assertThat(budget.used()).isEqualTo(80L << 30);
    }

    @Test
    void aWorkspaceThatDoesNotFitIsRefusedWithNumbersAndNothingIsTaken() {
        DeviceBudget budget = new DeviceBudget(1000);
        assertThat(budget.tryKeys(875, Long.MAX_VALUE)).isTrue();
        assertThatThrownBy(() -> budget.takeWorkspace(126))
                .isInstanceOf(NotEnoughMemoryException.class)
                .hasMessage("126 bytes of device memory requested while 875 are in use: the limit is 1000; send smaller"
                        + " batches, or raise -Dafterimage.cuda.memoryLimit");
        budget.takeWorkspace(125);
        budget.giveBackKeys(875);
        assertThat(budget.used()).isEqualTo(125);
        assertThat(budget.tryKeys(750, Long.MAX_VALUE)).isTrue();
    }

    @Test
    void aMatrixLeavesRoomForWorkspacesAndIsNoKey() {
        DeviceBudget budget = new DeviceBudget(1000);
        assertThatThrownBy(() -> budget.takeMatrix(876))
                .isInstanceOf(NotEnoughMemoryException.class)
                .hasMessageContaining("876 bytes of device memory requested while 0 are in use");
        budget.takeMatrix(500);
        assertThat(budget.tryKeys(375, 375)).isTrue();
        budget.takeWorkspace(125);
        budget.giveBack(500);
        assertThat(budget.used()).isEqualTo(500);
    }

    @Test
    void refusedKeysTakeNothing() {
        DeviceBudget budget = new DeviceBudget(1000);
        assertThat(budget.tryKeys(876, Long.MAX_VALUE)).isFalse();
        assertThat(budget.used()).isZero();
        assertThatThrownBy(() -> new DeviceBudget(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keysHaveALimitOfTheirOwn() {
        DeviceBudget budget = new DeviceBudget(1L << 40);
        assertThat(budget.tryKeys(600, 1000)).isTrue();
        budget.takeWorkspace(5000);
        assertThat(budget.tryKeys(500, 1000)).isFalse();
        budget.giveBackKeys(600);
        assertThat(budget.tryKeys(1000, 1000)).isTrue();
        assertThat(budget.tryKeys(1, 0)).isFalse();
    }
}
