"""The words that heads of columns are written with, as exports have them: data, no rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_FOLDED = str.maketrans("łŁøØđıİß", "lLoOdiIs")
_UNIT = re.compile(r"\s*[(\[](usd|eur|gbp|gbx|jpy|chf|cad|aud|hkd|cny|rs\.?|inr|₹|[$€£¥]|in \w+|%|vnd|twd)[)\]]$")
_DECORATION = re.compile(r"^[<\"'`*]+|[>\"'`*:]+$")
_NAMELESS = re.compile(r"(unnamed: \d+(_level_\d+)?|level_\d+|nan|none)?", re.I)


def key(column: Any) -> str:
    """A head of a column as the vocabulary has it: small letters without accents, units, underscores and brackets.

    ``<CLOSE>``, ``Close*``, `` close `` and ``Close (USD)`` are all ``close``.
    """
    text = unicodedata.normalize("NFKD", str(column).strip().lower().translate(_FOLDED))
    text = "".join(c for c in text if not unicodedata.combining(c)).replace("_", " ")
    text = _UNIT.sub("", _DECORATION.sub("", " ".join(text.split())))
    return text.strip()


def nameless(column: Any) -> bool:
    """Whether a head says nothing: empty, or what pandas writes for an empty one."""
    return column is None or column != column or _NAMELESS.fullmatch(str(column).strip()) is not None


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key(word) for word in text.split("|") if word.strip()))


DATE = frozenset(
    _words(
        "date|dates|datetime|timestamp|time|day|index|as of date|asofdate|as of|time period|observation date"
        "|trade date|trading date|tradedate|trading day|price date|pricing date|quote date|exchange date|caldt"
        "|dlycaldt|datadate|nav date|valuation date|effective date|effective date |ds|open time|opentime"
        "|open date|window start|dt|t|unix|unix timestamp|epoch|ymd|yyyymmdd|trade dt|month|quarter|year|period"
        "|week|mm/dd/yyyy|dd/mm/yyyy|yyyy-mm-dd|obs date|local time|gmt time|utc|utc time|dtyyyymmdd|session"
        "|date/time|date time|datadt|refdate|ref date|data|datum|fecha|dato|tarih|дата"
        "|日期|交易日期|时间|日付|日時|날짜|일자"
        "|paivamaara|dag|datte|tag|kuupaev|ngay"
    )
)
"""Columns of dates."""

EPOCHS = frozenset({"unix", "unix timestamp", "epoch"})
"""Columns of dates that stand beside readable ones."""

TICKER = ("ticker", "symbol", "asset")
"""Columns that name the asset of each row, whatever they hold."""

IDENTIFIER = _words(
    "tic|ric|ts code|act symbol|ticker symbol|stock symbol|stock code|symbols|tickers|instrument"
    "|instrument id|security|security id|security name|code|isin|cusip|sedol|wkn|figi|permno|secid|gvkey|sid"
    "|unique id|identifier|name|stock|stock name|company|company name|comnam|issuer|fund|fund name|etf|coin"
    "|crypto|cryptocurrency|pair|currency pair|ccy pair|underlying|index name|index|series|series id"
    "|series name|indicator|variable|item|key|contract|commodity|scrip|asset id|asset name|bloomberg ticker"
    "|id|country|market|city|currency|код|тикер|代码|股票代码|证券代码|コード|銘柄"
    "|종목코드|종목명|walor|aktie|wertpapier|valeur"
    "|accion"
)
"""Columns that name the asset where dates repeat, the best of them first."""

ADJUSTED = _words(
    "adj close|adjusted close|adjclose|adj. close|adjusted|adj closing price|adjusted closing price"
    "|adjusted price|close adj|closeadj|close adjusted|adj price|adjprc|adj. price|adj last"
    "|split/dividend adjusted close|tot return index gross dvds|total return index|adj closing|adjusted nav"
    "|bereinigter schluss|schluss bereinigt|cierre ajustado|cloture ajustee|chiusura aggiustata"
)
"""Closes adjusted for splits and dividends."""

CLOSE = _words(
    "close|price|last|close/last|settle|closing price|close price|price close|px last|last price|px settle"
    "|prc|dlyprc|prccd|dlyclose|closeprice|closing|closing value|close value|nav|adjusted|last trade"
    "|last traded price|ltp|trade price|trade close|settlement|settlement price|settle price|official close"
    "|mid|mid price|px mid|px close|mid close|rate|exchange rate|obs value|value|index value|index level"
    "|level|net asset value|close unadj|unadjusted close|cls|clsprc|hist close|zamkniecie|kurs zamkniecia"
    "|zuletzt|schluss|schlusskurs|schlusspreis|kurs|letzter|tagesende|cierre|ultimo|precio|cloture|dernier"
    "|cours|chiusura|prezzo|ultimo prezzo|slot|slotkoers|laatste|fechamento|fecho|preco|kapanis|simdi|цена"
    "|закрытие|закр.|последняя|收盘|收盘价|收盤|收盤價|终值|終値|現在値|종가|slutkurs"
    "|senast|lukukurssi|kursy|zaver"
)
"""Closes, the best of them first."""

OPEN = _words(
    "open|open price|price open|px open|openprc|dlyopen|opening price|openprice|opening|first|trade open"
    "|mid open|otwarcie|eroffnung|eroffn.|eroffnungskurs|erster|anfang|apertura|apert.|ouverture|ouv.|openen"
    "|opening|abertura|abert.|acilis|открытие|откр.|开盘|开盘价|開盤|開盤價|始値|시가|oppning"
)
HIGH = _words(
    "high|high price|price high|px high|dlyhigh|askhi|highprice|day high|days high|trade high|max|mid high|hi"
    "|najwyzszy|hoch|tageshoch|hochst|max.|maximo|alto|mas alto|plus haut|+ haut|haut|massimo|hoog|hoogste"
    "|maxima|yuksek|максимум|макс.|最高|最高价|最高價|高値|고가|hogst"
)
LOW = _words(
    "low|low price|price low|px low|dlylow|bidlo|lowprice|day low|days low|trade low|min|mid low|lo|najnizszy"
    "|tief|tagestief|tiefst|min.|minimo|bajo|mas bajo|plus bas|+ bas|bas|minimo|laag|laagste|minima|dusuk"
    "|минимум|мин.|最低|最低价|最低價|安値|저가|lagst"
)
VOLUME = _words(
    "volume|vol|vol.|vol n|px volume|dlyvol|volumen|wolumen|volumes|total volume|share volume|volume traded"
    "|number of shares|shares traded|no.of shares|no. of shares|total traded quantity|tickvol|tick volume"
    "|tick vol|cshtrd|accumulated volume|trade volume|stuck|stucke|stuecke"
    "|umsatz|handelsvolumen|hacim|объем|объём"
    "|volym|成交量|出来高|거래량|obroty|volume (shares)|volume from|volume (millions)"
    "|quantity|vol (000s)|qty|objem"
)

BARS: Mapping[str, tuple[str, ...]] = {"open": OPEN, "high": HIGH, "low": LOW, "volume": VOLUME}
"""Parts of a bar and their words."""

RETURN = _words(
    "ret|return|returns|dlyret|total return|retx|log return|logreturn|pct return|daily return|mthret|simple return|retd"
)
"""Returns in the place of prices."""

IGNORED = frozenset(
    _words(
        "dividends|dividend|dividend amount|div cash|divcash|stock splits|split ratio|split coefficient"
        "|split factor|splitfactor|ex-dividend|capital gains|repaired?|openint|open interest|open int|oi|opint"
        "|change|change %|% change|chg|chg%|%chg|% chg|chg.|chg. %|net|net change|net chg|change percent"
        "|changepercent|pct chg|pct change|pctchg|change pct|weight|+/-|+/- %|verand. %|var. %|% var|изм. %"
        "|изменение|涨跌幅|涨跌额|전일비|변동 %|前日比%|proc. zmiana|zmiana %"
        "|fark %|vwap|wap|average|avg price|average price"
        "|turnover|amount|turnover (lacs)|turnover - usd|value traded|number of trades|no. of trades|trades"
        "|transactions|tradecount|trade count|n|vw|marketcap|market cap|adj open|adj. open|adj high|adj. high"
        "|adj low|adj. low|adj volume|adj. volume|adjopen|adjhigh|adjlow|adjvolume|spread|prev close|prev. close"
        "|previous close|pre close|preclose|close time|closetime|quote asset volume|quote volume|ignore"
        "|taker buy base asset volume|taker buy quote asset volume|openadj|highadj|lowadj|label|change over time"
        "|unadjusted volume|bid|ask|deliverable volume|%deliverble|deliverable qty|52w h|52w l|spread high-low"
        "|spread close-open|no.of trades|total turnover (rs.)|per|cfacpr|cfacshr|shrout|outstanding share|turn"
        "|amplitude|振幅|换手率|成交额|売買代金|거래대금|last updated|lastupdated"
        "|row|rownum|no|day of week|weekday|dayofweek"
    )
)
"""Columns of exports that hold neither prices nor names."""

CURRENCY = frozenset(
    _words("currency|ccy|curcd|currency code|waluta|wahrung|devise|moneda|trading currency|quote currency")
)
"""Columns that name the currency of the price."""

MEASURE = frozenset(
    _words("field|variable|measure|attribute|metric|price type|pricetype|item|fields|data field|series|type")
)
"""Columns of long tables whose cells are words for parts of a bar."""


def part_of(word: str) -> str | None:
    """``adjusted``, ``close``, ``open``, ``high``, ``low``, ``volume`` or ``ignored``; None for other keys."""
    if word in ADJUSTED:
        return "adjusted"
    if word in CLOSE:
        return "close"
    for part, words in BARS.items():
        if word in words:
            return part
    if word.startswith(("volume ", "vol ")):  # CryptoDataDownload: Volume BTC
        return "volume"
    return "ignored" if word in IGNORED else None
