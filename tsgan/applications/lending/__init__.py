"""Loan books along joint paths: securities-backed loans, corporate loans (Merton), and pools (Vasicek)."""

from tsgan.applications.lending.books import BookSource as BookSource
from tsgan.applications.lending.books import CorporateLoan as CorporateLoan
from tsgan.applications.lending.books import Loan as Loan
from tsgan.applications.lending.books import Pool as Pool
from tsgan.applications.lending.books import SecuredLoan as SecuredLoan
from tsgan.applications.lending.books import read_book as read_book
from tsgan.applications.lending.outcomes import carry as carry
from tsgan.applications.lending.report import LoanReport as LoanReport
from tsgan.applications.lending.report import lend as lend
