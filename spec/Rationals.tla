----------------------------- MODULE Rationals ------------------------------
(***************************************************************************)
(* Exact rewards.  A rational number not below 0 is a pair <<n, d>> in its  *)
(* lowest terms, so that equal numbers are equal values.                    *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

Rational == {<<n, d>> : n \in Nat, d \in Nat \ {0}}

Zero == <<0, 1>>

RECURSIVE GreatestCommonDivisor(_, _)
GreatestCommonDivisor(a, b) ==
  IF b = 0 THEN a ELSE GreatestCommonDivisor(b, a % b)

InLowestTerms(n, d) ==
  LET g == GreatestCommonDivisor(n, d) IN <<n \div g, d \div g>>

Plus(x, y) == InLowestTerms(x[1] * y[2] + y[1] * x[2], x[2] * y[2])

Half(x) == InLowestTerms(x[1], 2 * x[2])

AtMost(x, y) == x[1] * y[2] <= y[1] * x[2]

(***************************************************************************)
(* The sum of f[i] over all i in S.                                         *)
(***************************************************************************)
RECURSIVE Sum(_, _)
Sum(f, S) ==
  IF S = {} THEN Zero
            ELSE LET i == CHOOSE i \in S : TRUE
                 IN  Plus(f[i], Sum(f, S \ {i}))
=============================================================================
